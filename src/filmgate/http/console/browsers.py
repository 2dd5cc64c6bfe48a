"""A browser's name for itself, in words that its owner recognises."""

# Each names those after it in its own name too, so the order decides.
_BROWSERS = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS": "macOS",
    "Windows": "Windows",
    "Linux": "Linux",
}
_LONGEST = 60


def browser_words(user_agent: str) -> str:
    """Return `Firefox on Linux`, or the start of what the browser calls itself."""
    browser = next((word for mark, word in _BROWSERS.items() if mark in user_agent), None)
    if browser is None:
        return user_agent[:_LONGEST]
    system = next((word for mark, word in _SYSTEMS.items() if mark in user_agent), None)
    return f"{browser} on {system}" if system else browser
