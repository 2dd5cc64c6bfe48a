"""What fields are called on the try-it page, and the API's messages in those words."""

import re
from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "key_id": "Key",
    "action": "Make a video",
    "model": "Model",
    "mode": "Mode",
    "duration": "Seconds",
    "aspect_ratio": "Shape",
    "video_id": "Video to extend",
    "prompt": "Prompt",
    "start_image_url": "First picture",
    "end_image_url": "Last picture",
    "generate_audio": "Sound",
    "camera_control": "Camera",
    "negative_prompt": "Leave out",
    "cfg_scale": "How literal",
    "seed": "Seed",
    "callback_url": "Callback URL",
}
"""The label of each field of the form, by its name on the wire."""

_NAMES = "|".join(sorted(LABELS, key=len, reverse=True))
# A name of one word is an English word too: it is the field's at the start of a sentence and before a value.
_NAME = re.compile(rf"(?<![\w.])(?:(?:(?<=^)|(?<=\. ))({_NAMES})|({_NAMES})(?==)|(\w+_\w+))(?![\w.]*\w)")
_PHRASES: Mapping[str, str] = {
    r"^camera_control\.config is required.*": "Move one of the sliders, or choose another move.",
    r"^only image_tail: ": "",
    r"^model/mode/duration\(([^)]*)\) is not supported with \w+: ": r"\1 does not take it: ",
    r'^video_id (".*") is not a video of this account; send .*': r"You have no video with the id \1.",
    r'^video_id (".*") (.*); send the video_id .*': r"The video \1 \2; choose another.",
    r"^video_id is required for extend:.*": "Choose one of your videos, or enter the id of one.",
    r"^start_image_url is required for image2video:.*": "Choose a first picture, or enter its URL.",
    r"\b[Pp]ictures need action image2video\b": "Pictures need a video made from a picture",
    r"\btext2video\b": "a video from text",
    r"\bimage2video\b": "a video from a picture",
    r"\bfor extend\b": "for extending",
}


def in_labels(message: str) -> str:
    """Return a message of the API for the reader of the form: its labels in place of names on the wire."""
    for pattern, words in _PHRASES.items():
        message = re.sub(pattern, words, message)
    return _NAME.sub(_label, message).replace("Mode=", "Mode ").replace("Seconds=", "Seconds ")


def _label(found: re.Match[str]) -> str:
    name = found[0]
    return LABELS.get(name, name)
