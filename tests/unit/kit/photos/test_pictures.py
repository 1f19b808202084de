"""What is made of photos, and what is refused: by what stands in a file, whatever it is called."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms

from services.kit.photos import apart, decoding, pictures
from services.kit.photos.drawn import Fault, Unfit
from services.kit.photos.pictures import drawn
from tests.worlds.pictures import (
    HTML,
    SVG,
    animated,
    from_a_phone,
    photo,
    photo_png,
    picture,
    png_of,
    text_bomb,
    written,
)

EDGES = (240, 640, 1280)
HOSTILE: dict[str, tuple[Callable[[], bytes], Fault]] = {
    "nothing": (lambda: b"", Fault.NOT_A_PHOTO),
    "a drawing with a script": (lambda: SVG, Fault.NOT_A_PHOTO),
    "a page": (lambda: HTML, Fault.NOT_A_PHOTO),
    "a page behind the first bytes of a JPEG": (lambda: b"\xff\xd8\xff\xe0" + HTML, Fault.NOT_A_PHOTO),
    "noise": (lambda: bytes(range(256)) * 40, Fault.NOT_A_PHOTO),
    "a GIF": (lambda: written(picture(), "GIF"), Fault.NOT_A_PHOTO),
    "a TIFF": (lambda: written(picture(), "TIFF"), Fault.NOT_A_PHOTO),
    "a PDF": (lambda: written(picture(), "PDF"), Fault.NOT_A_PHOTO),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", Fault.NOT_A_PHOTO),
    "a PNG that moves": (lambda: animated("PNG"), Fault.ANIMATED),
    "a WebP that moves": (lambda: animated("WEBP"), Fault.ANIMATED),
    "one pixel": (lambda: photo(1, 1), Fault.TOO_SMALL),
    "a line": (lambda: photo(4_000, 70), Fault.TOO_SMALL),
    "a PNG of 900 megapixels in 200 bytes": (lambda: png_of(30_000, 30_000), Fault.TOO_MANY_PIXELS),
    "a PNG of 100 megapixels": (lambda: png_of(10_000, 10_000), Fault.TOO_MANY_PIXELS),
    "a PNG with a bomb in its text": (text_bomb, Fault.NOT_A_PHOTO),
    "a PNG with too few rows": (lambda: png_of(400, 400, b"\0" * 1_000), Fault.DAMAGED),
    "a JPEG that ends in the middle": (lambda: photo()[:6_000], Fault.DAMAGED),
    "a PNG that ends in the middle": (lambda: photo_png()[:400], Fault.DAMAGED),
    "a WebP that ends in the middle": (lambda: written(picture(), "WEBP")[:400], Fault.NOT_A_PHOTO),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_photo_is_refused_with_its_reason(name: str) -> None:
    make, fault = HOSTILE[name]
    with pytest.raises(Unfit) as refused:
        drawn(make(), EDGES)
    assert refused.value.fault is fault


@pytest.mark.parametrize(
    ("content", "widths"),
    [
        (photo(4_000, 3_000), [240, 640, 1280]),
        (photo(1_500, 2_000), [180, 480, 960]),
        (photo(700, 500), [240, 640, 700]),
        (photo(300, 200), [240, 300]),
        (photo(240, 200), [240]),
        (photo(100, 100), [100]),
        (photo(2_000, 1_500, progressive=True), [240, 640, 1280]),
        (photo_png(900, 600), [240, 640, 900]),
        (written(picture(900, 600), "WEBP"), [240, 640, 900]),
        (written(picture().convert("CMYK")), [240, 640, 800]),
        (written(picture().convert("L")), [240, 640, 800]),
        (written(picture().convert("P"), "PNG"), [240, 640, 800]),
        (written(picture().convert("RGBA"), "PNG"), [240, 640, 800]),
        (written(picture().convert("LA"), "PNG"), [240, 640, 800]),
        (written(picture().convert("I;16"), "PNG"), [240, 640, 800]),
        (written(picture().convert("1"), "PNG"), [240, 640, 800]),
    ],
)
def test_sizes_are_made_and_none_is_larger_than_the_photo(content: bytes, widths: list[int]) -> None:
    made = drawn(content, EDGES)
    assert [each.width for each in made.files] == widths
    for each in made.files:
        opened = Image.open(io.BytesIO(each.content))
        assert (opened.format, opened.mode, opened.size) == ("WEBP", "RGB", (each.width, each.height))
    assert len(made.color) == 7


def _near(found: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) < 24 for a, b in zip(found, wanted, strict=True))


RED, GREEN = (0xD0, 0x20, 0x20), (0x3A, 0x7D, 0x44)


@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [
        (1, (0, 0)),
        (2, (1, 0)),
        (3, (1, 1)),
        (4, (0, 1)),
        (5, (0, 0)),
        (6, (1, 0)),
        (7, (1, 1)),
        (8, (0, 1)),
        (99, (0, 0)),
    ],
)
def test_a_photo_is_turned_as_it_was_held(orientation: int, red_at: tuple[int, int]) -> None:
    made = drawn(from_a_phone(orientation), EDGES)
    upright = orientation in range(5, 9)
    for each in made.files:
        assert (each.width < each.height) == upright
        opened = Image.open(io.BytesIO(each.content))
        for right in (0, 1):
            for low in (0, 1):
                at = (each.width // 4 + right * each.width // 2, each.height // 4 + low * each.height // 2)
                assert _near(opened.getpixel(at), RED if (right, low) == red_at else GREEN), (each.width, right, low)


def test_what_the_camera_wrote_goes() -> None:
    sent = from_a_phone()
    assert b"SECRETPHONE" in sent
    assert b"SECRETCOMMENT" in sent
    for each in drawn(sent, EDGES).files:
        assert b"SECRET" not in each.content
        opened = Image.open(io.BytesIO(each.content))
        assert not opened.getexif()
        assert opened.info.keys() <= {"loop", "background", "duration", "timestamp"}


def test_colours_of_a_wider_space_stay_the_same_to_the_eye() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain, told = drawn(photo(), EDGES), drawn(photo(icc_profile=lab), EDGES)
    assert plain.color == told.color
    broken = drawn(photo(icc_profile=b"no profile at all" * 9), EDGES)
    assert broken.color == plain.color


def test_what_is_seen_through_lies_on_white() -> None:
    clear = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    assert drawn(written(clear, "PNG"), EDGES).color == "#ffffff"


def test_the_same_is_made_of_the_same() -> None:
    assert drawn(photo(), EDGES) == drawn(photo(), EDGES)


# -- apart ------------------------------------------------------------------------------------------------------------------


def test_a_photo_is_read_in_a_process_of_its_own() -> None:
    made, told = decoding.measured(photo(4_000, 3_000), EDGES)
    assert made == drawn(photo(4_000, 3_000), EDGES)
    assert 0 < told.cpu_s < 5
    assert 0 < told.peak_bytes < 120 << 20


def test_what_is_refused_there_is_refused_here() -> None:
    with pytest.raises(Unfit) as refused:
        decoding.draw(SVG, EDGES)
    assert refused.value.fault is Fault.NOT_A_PHOTO


def test_one_that_takes_more_than_it_may_is_ended_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # By bounds that no photo keeps to: the process has to be ended by the system, whatever its decoder does.
    from tests.unit.kit.photos import greedy

    for work in (greedy.memory, greedy.time):
        monkeypatch.setattr(apart, "work", work)
        with pytest.raises(Unfit) as refused:
            decoding.draw(photo(), EDGES)
        assert refused.value.fault is Fault.TOO_MANY_PIXELS
    monkeypatch.undo()
    assert decoding.draw(photo(300, 200), EDGES).files


def test_pixels_are_counted_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("it was read")

    sent = (photo(), photo_png())
    monkeypatch.setattr(Image.Image, "load", never)
    monkeypatch.setattr(pictures, "MOST_PIXELS", {"JPEG": 400_000, "PNG": 50_000})
    for content in sent:
        with pytest.raises(Unfit) as refused:
            drawn(content, EDGES)
        assert refused.value.fault is Fault.TOO_MANY_PIXELS
