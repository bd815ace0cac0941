"""What a caller is told when nobody can say whether their token is good: later, not no."""

from service.errors import NotTakenNow


def cannot_be_checked() -> NotTakenNow:
    """Not a 401: a phone would throw a good token away, and its owner could not sign in again either."""
    return NotTakenNow(
        "Who you are cannot be checked at the moment: your trust's sign-in does not answer. "
        "Keep what you have, and send the same again in a minute."
    )
