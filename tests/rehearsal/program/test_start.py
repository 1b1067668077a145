import asyncio
import sys

import pulumi
import pytest

from rehearsal.program.start import start


def run_start(program):
    return asyncio.run(start(program))


def test_a_functions_result_is_awaited():
    ran = []

    async def program():
        await asyncio.sleep(0)
        ran.append(1)

    run_start(program)
    run_start(lambda: ran.append(2))
    assert ran == [1, 2]


@pytest.mark.parametrize("name", ["__main__.py", "other.py"])
def test_a_file_is_run_as_main_with_its_path_as_argument(name, tmp_path):
    (tmp_path / name).write_text(
        "import sys, pathlib\npathlib.Path(__file__).with_name('seen').write_text(__name__ + ' '.join(sys.argv))"
    )
    before = list(sys.argv)
    main = tmp_path if name == "__main__.py" else tmp_path / name
    run_start(main)
    assert (tmp_path / "seen").read_text() == f"__main__{main}"
    assert sys.argv == before


def test_a_folder_without_a_program_is_reported(tmp_path):
    with pytest.raises(pulumi.RunError, match=r"there is no program: .*__main__\.py does not exist"):
        run_start(tmp_path)
