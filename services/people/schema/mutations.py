"""Mutations: signing in, what a person does with their own, and what ops do."""

import strawberry

from services.people.schema.clients import PartnerClientMutations
from services.people.schema.erasing import ErasureMutations
from services.people.schema.exporting import ExportMutations
from services.people.schema.notices import NoticeMutations
from services.people.schema.person_mutations import PersonMutations
from services.people.schema.running import RunningMutations
from services.people.schema.signing_in import SigningIn
from services.people.schema.staff_mutations import StaffMutations


@strawberry.type
class Mutation(
    SigningIn,
    PersonMutations,
    NoticeMutations,
    ErasureMutations,
    ExportMutations,
    StaffMutations,
    PartnerClientMutations,
    RunningMutations,
):
    pass
