"""What `make up` says when all is ready: where things are, a first query, what an ojek company without robot needs."""

from __future__ import annotations

import http.client
import json

from infra.local import people
from infra.local.ports import HOST, Ports
from infra.local.problems import CannotStart

FIRST_QUERY = """query GoodsNearMe {
  productsNear(point: {lat: -8.1321, lng: 113.2193}, search: "klengkeng", first: 5) {
    edges { distanceM node { name merchant { name openNow } variants { id label price available } } }
  }
}"""


def token(ports: Ports, role: str, name: str | None, ttl: str | None) -> str:
    """Raises CannotStart with the issuer's reason, or when it does not run."""
    connection = http.client.HTTPConnection(HOST, ports.issuer, timeout=10)
    try:
        connection.request(
            "POST", "/token", json.dumps({"role": role, "as": name, "ttl": ttl}), {"content-type": "application/json"}
        )
        answer = connection.getresponse()
        said = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise CannotStart(
            f"the development issuer does not answer on port {ports.issuer}: make up starts it"
        ) from problem
    finally:
        connection.close()
    if answer.status != 200:
        raise CannotStart(str(said.get("error_description", said)))
    return str(said["access_token"])


def empty(ports: Ports) -> list[str]:
    """Of an installation in production mode, in which nobody is yet."""
    return [
        "",
        f"  GraphQL                              http://{HOST}:{ports.gateway}/graphql",
        "  the first of ops, with a code        make ops DO='grant --phone 0812… --role ops'",
        "  units, categories; tariffs           make ops DO=usual; make ops DO='prices FILE'",
        "",
        "Nothing is seeded, and codes are sent by the channels that CODE_CHANNELS names (docs/operations.md).",
        "",
    ]


def lines(ports: Ports, newcomers: tuple[str, ...], kafka: str, reached_as: str = "") -> list[str]:
    gateway = f"http://{HOST}:{ports.gateway}"
    said = [
        "",
        f"  the market, in a browser             {gateway}/",
        f"  GraphQL, and a tour in a browser     {gateway}/graphql",
        *(
            [f"  from a phone in this network         http://{reached_as}:{ports.gateway}/graphql"]
            if reached_as
            else []
        ),
        f"  schema                               {gateway}/schema.graphql",
        f"  partners' HTTP address               {gateway}/partner/v1/",
        f"  codes and notices that were sent     {gateway}/inbox",
        f"  where QRIS codes are paid            http://{HOST}:{ports.qris}/",
        "  a token                              make token ROLE=buyer AS=siti",
        "  a whole order, step by step          make demo",
        "",
        "A first query to paste:",
        "",
        *(f"  {line}" for line in FIRST_QUERY.splitlines()),
        "",
        "To sign in as anybody there, give a phone under “Signing in, and headers”; infra/local/seed/people.json has those of the seed.",
        "",
    ]
    for key in newcomers:
        said += _newcomer(ports, key, kafka)
    return said


def _newcomer(ports: Ports, key: str, kafka: str) -> list[str]:
    partner = people.partner_id(key)
    user = next(person.name for person in people.everyone() if person.role == "partner" and person.partner == key)
    return [
        f"The ojek company {key} is yours (docs/partners.md is the contract):",
        f"  company  {partner}",
        f"  HTTP     http://{HOST}:{ports.gateway}/partner/v1/",
        f"  Kafka    {kafka}",
        f"  read     partner.{partner}.jobs.v1",
        f"  write    partner.{partner}.replies.v1, partner.{partner}.locations.v1",
        f"  user     {user}",
        f"  token    {token(ports, 'partner', user, None)}",
        "",
    ]
