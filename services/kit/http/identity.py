"""Who is calling, and what keeps one from being anybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class IssuerUnavailable(Exception):
    """The issuer has never told a key, and tells none now."""


class Unauthenticated(Exception):
    """No token where one is needed, or one that proves nothing."""


class TokenExpired(Unauthenticated):
    """A token that was good once: the client gets another and tries again."""


class Forbidden(Exception):
    """The caller is known and has none of the roles that this needs."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a verified token says. `subject` is '' for an anonymous caller; `expires_at` is in Unix seconds.

    `subject` and `roles` are as they are called here (services.kit.http.trust), `scopes` as the issuer wrote them; which of them mean
    something is the reader's to know. `claims` are all of the token, as the issuer wrote them: of issuers of less trust they say
    nothing that a role does not stand behind.
    """

    subject: str
    roles: frozenset[str] = frozenset()
    expires_at: float | None = None
    scopes: frozenset[str] = frozenset()
    claims: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def anonymous(self) -> bool:
        return not self.subject

    def has(self, *roles: str) -> bool:
        """Whether the caller has at least one of these."""
        return not self.roles.isdisjoint(roles)

    def require(self, *roles: str) -> str:
        """The subject. Raises Unauthenticated for an anonymous caller, Forbidden for one with none of the roles.

        With no roles given, any known caller will do.
        """
        if self.anonymous:
            raise Unauthenticated("this needs a bearer token")
        if roles and not self.has(*roles):
            raise Forbidden(f"this needs the role {' or '.join(roles)}")
        return self.subject


ANONYMOUS = Identity("")
