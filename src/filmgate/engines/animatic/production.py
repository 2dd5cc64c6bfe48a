"""Plans the takes of a new clip from its prompt and from what was given with it."""

from fractions import Fraction
from functools import partial

from filmgate.engines.animatic.camera import CameraPath, Standpoint, part, way_of
from filmgate.engines.animatic.casting.footing import OnGround, OnPicture
from filmgate.engines.animatic.casting.presence import Presence
from filmgate.engines.animatic.continuity import Continuity
from filmgate.engines.animatic.given import Given, GivenFile
from filmgate.engines.animatic.pictures.follow import FollowedPath
from filmgate.engines.animatic.pictures.footage import Footage
from filmgate.engines.animatic.pictures.morph import Morph
from filmgate.engines.animatic.pictures.still import Still, settled
from filmgate.engines.animatic.prompts.reading import Reading
from filmgate.engines.animatic.prompts.shots import PlannedShot, planned_shots
from filmgate.engines.animatic.scene import Pose, Scene
from filmgate.engines.animatic.stage import Stage
from filmgate.engines.animatic.takes import Path, Take
from filmgate.engines.animatic.wardrobe import Wardrobe
from filmgate.engines.clip_shape import ClipShape
from filmgate.ports import RenderJob

_AT_REST = Pose()
# How the last shot comes to a given picture where nobody says how: it begins nearer.
_WAY_HOME = Pose(forward=-2.5)
# A picture comes into its light within its first second, and shows it best a little later.
_COMING_SECONDS, _LIT_SECONDS = 1.0, 2.0


class Production:
    """One new clip in the making, of this `shape`."""

    def __init__(self, job: RenderJob, stage: Stage) -> None:
        """Open what was given.

        Raises:
            InvalidRequest: some of it cannot be used; names its field.
        """
        self._job, self._stage = job, stage
        self._given = Given.of(job)
        assert job.spec.fps is not None, f"{job.spec.model} only extends"
        width, height = job.spec.new_size(job.request.aspect_ratio, given=self._given.ratio)
        self.shape = ClipShape(width=width, height=height, fps=Fraction(job.spec.fps))
        self._wardrobe = Wardrobe(given=self._given, size=(width, height), seed=job.seed)
        self._shots = planned_shots(job.request)

    @property
    def has_pictures(self) -> bool:
        """Say whether the first frame repeats a given picture, and perhaps the last."""
        return self._given.start is not None

    def takes(self) -> list[Take]:
        """Return the takes in order; what each shows is built when its turn comes."""
        given, last = self._given, len(self._shots) - 1
        if given.base is not None:
            return [self._take_of_footage(given.base, self._shots[0])]
        takes: list[Take] = []
        second = 0
        for number, shot in enumerate(self._shots):
            if number == 0 and given.start is not None:
                takes.append(self._take_of_start(given.start, shot, end=None if last else given.end))
            elif number == last and given.end is not None:
                takes.append(self._take_of_end(given.end, shot))
            else:
                takes.append(self._take_of_scene(shot, second=second))
            second += shot.seconds
        return takes

    def continuity(self, takes: list[Take]) -> Continuity | None:
        """Return what an extension needs; None where the clip does not end on a scene of ours alone."""
        given, take, shot = self._given, takes[-1], self._shots[-1]
        ends_on_picture = given.end is not None or (given.start is not None and len(takes) == 1)
        if ends_on_picture or given.base is not None or given.cast or given.styles:
            return None
        until = self._last(take.n_frames)
        return Continuity(
            reading=shot.reading,
            seed=self._job.seed,
            moment=take.moment + until,
            standpoint=take.path.standpoint(until),
        )

    def _take_of_scene(self, shot: PlannedShot, *, second: int) -> Take:
        n_frames = self._n_frames(shot)
        return Take(
            build=partial(self._scene, shot.reading, moment=float(second)),
            path=self._path(shot, second=second),
            n_frames=n_frames,
            moment=float(second),
        )

    def _take_of_start(self, start: GivenFile, shot: PlannedShot, *, end: GivenFile | None) -> Take:
        return Take(
            build=partial(self._still, start, shot)
            if end is None
            else partial(self._morph, start, end, shot),
            path=self._path(shot, second=0),
            n_frames=self._n_frames(shot),
        )

    def _take_of_end(self, end: GivenFile, shot: PlannedShot) -> Take:
        n_frames = self._n_frames(shot)
        last = self._last(n_frames)
        way = self._way(shot.reading) or _WAY_HOME
        return Take(
            build=partial(self._still, end, shot, until=_COMING_SECONDS + last),
            path=CameraPath(way=way, start=Standpoint(pose=part(way, -1)), duration=last),
            n_frames=n_frames,
            # The picture is in its light when the shot begins.
            moment=_COMING_SECONDS,
        )

    def _take_of_footage(self, base: GivenFile, shot: PlannedShot) -> Take:
        n_frames = self._n_frames(shot)
        return Take(
            build=partial(self._footage, base, shot.reading, n_frames=n_frames),
            path=CameraPath(way=_AT_REST, duration=self._last(n_frames)),
            n_frames=n_frames,
        )

    def _scene(self, reading: Reading, *, moment: float) -> Scene:
        width, height = self.shape.width, self.shape.height
        scene = self._stage.scene(reading, width=width, height=height, seed=self._job.seed)
        footing = OnGround(reading.family, width=width, height=height)
        return self._wardrobe.dressed(scene, footing=footing, mood=reading.mood, seen_at=moment)

    def _still(self, file: GivenFile, shot: PlannedShot, *, until: float | None = None) -> Scene:
        scene = Still(
            file.picture(),
            width=self.shape.width,
            height=self.shape.height,
            mood=shot.reading.mood,
            # What moves unasked would blur what the camera was asked to do.
            sways=until is None and self._given.track is None and self._way(shot.reading) is None,
            seed=self._job.seed,
            until=until,
        )
        seen_at = min(_LIT_SECONDS, self._last(self._n_frames(shot))) if until is None else _COMING_SECONDS
        return self._over_picture(scene, shot, seen_at=seen_at, presence=partial(_there, until=until))

    def _morph(self, start: GivenFile, end: GivenFile, shot: PlannedShot) -> Scene:
        last = self._last(self._n_frames(shot))
        scene = Morph(
            start.picture(),
            end.picture(),
            width=self.shape.width,
            height=self.shape.height,
            seconds=last,
            mood=shot.reading.mood,
            seed=self._job.seed,
        )
        return self._over_picture(scene, shot, seen_at=last / 2, presence=partial(_there, until=last))

    def _footage(self, base: GivenFile, reading: Reading, *, n_frames: int) -> Scene:
        scene = Footage(
            base.path,
            field=base.field,
            shape=self.shape,
            n_frames=n_frames,
            mood=reading.mood,
            seed=self._job.seed,
        )
        footing = OnPicture(width=self.shape.width, height=self.shape.height)
        return self._wardrobe.dressed(scene, footing=footing, mood=reading.mood, seen_at=0.0)

    def _over_picture(self, scene: Scene, shot: PlannedShot, *, seen_at: float, presence: Presence) -> Scene:
        footing = OnPicture(width=self.shape.width, height=self.shape.height)
        mood = shot.reading.mood
        return self._wardrobe.dressed(scene, footing=footing, mood=mood, seen_at=seen_at, presence=presence)

    def _path(self, shot: PlannedShot, *, second: int) -> Path:
        if self._given.track is not None:
            whole = self._last(round(self._job.request.duration * self.shape.fps))
            return FollowedPath(
                track=self._given.track, start=shot.angle, begun=float(second), duration=whole
            )
        return CameraPath(
            way=self._way(shot.reading),
            start=Standpoint(pose=shot.angle),
            # The last frame is shown one frame before the end, and is where the move must be complete.
            duration=self._last(self._n_frames(shot)),
        )

    def _way(self, reading: Reading) -> Pose | None:
        camera = self._job.request.camera
        return way_of(camera) if camera else reading.way

    def _n_frames(self, shot: PlannedShot) -> int:
        return round(shot.seconds * self.shape.fps)

    def _last(self, n_frames: int) -> float:
        """Return when the last of so many frames is shown, in seconds from the first."""
        return float((n_frames - 1) / self.shape.fps)


def _there(time: float, *, until: float | None) -> float:
    """Return how much is there of what must not be seen on a first picture, nor on a last one at `until`."""
    return settled(time) * (1.0 if until is None else settled(until - time))
