"""Progress stays steady, and files are what the port promises."""

from dataclasses import replace
from pathlib import Path

import pytest

from filmgate.domain.errors import EngineFailed
from filmgate.domain.tasks import FileKind
from filmgate.engines.seam import SteadyWatch, checked_files
from filmgate.ports import RenderedFile
from tests.engines.jobs import RecordingWatch
from tests.engines.scripted import write_clip


async def test_progress_that_falls_repeats_or_overshoots_is_not_passed_on() -> None:
    watch = RecordingWatch()
    steady = SteadyWatch(watch)

    for fraction in (-0.5, 0.0, 0.4, 0.2, 0.4, 0.6, 1.0000001, 1.0):
        await steady.progress(fraction)

    assert watch.fractions == [0.0, 0.4, 0.6, 1.0]


def test_a_clip_and_a_poster_in_the_folder_pass(tmp_path: Path) -> None:
    files = [write_clip(tmp_path, seconds=1), a_poster(tmp_path)]

    assert checked_files(files, folder=tmp_path) == files


def test_a_link_that_leads_out_of_the_folder_is_no_file_of_the_job(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    clip = write_clip(tmp_path, seconds=1)
    link = own / "clip.mp4"
    link.symlink_to(clip.path)

    with pytest.raises(EngineFailed, match="left no clip"):
        checked_files([replace(clip, path=link)], folder=own)


def test_two_clips_or_one_without_facts_are_refused(tmp_path: Path) -> None:
    clip = write_clip(tmp_path, seconds=1)

    with pytest.raises(EngineFailed, match="2 clips"):
        checked_files([clip, clip], folder=tmp_path)
    with pytest.raises(EngineFailed, match="measured"):
        checked_files([replace(clip, clip=None)], folder=tmp_path)


def a_poster(folder: Path) -> RenderedFile:
    """A file that stands for a still."""
    path = folder / "poster.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    return RenderedFile(kind=FileKind.POSTER, path=path, content_type="image/jpeg")
