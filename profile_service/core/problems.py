"""Everything that can go wrong here and has a name."""

from service_kit.problems import Conflict, NotFound, Problem


class ProfileNotFound(NotFound):
    code, title = "profile_not_found", "You have not filled in a profile yet."


class ProfileExists(Conflict):
    code, title = "profile_exists", "You already have a profile; change it with PUT or PATCH."


class ChangedMeanwhile(Problem):
    code, status, title = "changed_meanwhile", 412, "It was changed since you read it; read it again first."


CONSTRAINTS: dict[str, type[Problem]] = {"pk_profiles": ProfileExists}
