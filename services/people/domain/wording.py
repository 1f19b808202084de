"""What is written to people, in their language."""

from __future__ import annotations

from typing import Final

from services.contracts.amounts import Language
from services.people.domain.code import LIVES_S

_MINUTES: Final = LIVES_S // 60
_CODE: Final = {
    Language.ID: "Kode Wlijo Anda: {code}. Berlaku {minutes} menit. Jangan beri tahu siapa pun.",
    Language.EN: "Your Wlijo code: {code}. Good for {minutes} minutes. Tell it to nobody.",
}
_ERASURE: Final = {
    Language.ID: "Kode untuk MENGHAPUS data Anda di Wlijo: {code}. Berlaku {minutes} menit. Jangan beri tahu siapa pun.",
    Language.EN: "Code to ERASE your data at Wlijo: {code}. Good for {minutes} minutes. Tell it to nobody.",
}

_EXPORT: Final = {
    Language.ID: "Kode untuk SALINAN data Anda di Wlijo: {code}. Berlaku {minutes} menit. Jangan beri tahu siapa pun.",
    Language.EN: "Code for a COPY of your data at Wlijo: {code}. Good for {minutes} minutes. Tell it to nobody.",
}


def code_text(code: str, language: Language) -> str:
    return _CODE[language].format(code=code, minutes=_MINUTES)


def erasure_text(code: str, language: Language) -> str:
    return _ERASURE[language].format(code=code, minutes=_MINUTES)


def export_text(code: str, language: Language) -> str:
    return _EXPORT[language].format(code=code, minutes=_MINUTES)
