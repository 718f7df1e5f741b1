"""What a caller is told whose sign-in is too weak. Which is too weak for what, `rules` says."""

from backend.errors import HubError


class StrongerSignInNeeded(HubError):
    """A stronger sign-in is needed for this: confirm on your other phone or at the desk."""

    code = "stronger_sign_in_needed"
    status = 403
