"""Goods that a wlijo of Lumajang usually has on her cart and stalls on their tables, for sellers to copy: our own list, without prices.

A line each: code; name; kind; unit; grams of one unit, where it is a piece; hours that it keeps; what buyers read.
"""

from __future__ import annotations

from typing import Final

from services.catalog.domain.templates import Template

_GOODS: Final = """
bayam; Bayam; sayur; ikat; 250; 24; Bayam hijau segar
bayam-merah; Bayam merah; sayur; ikat; 250; 24; Bayam merah segar
kangkung; Kangkung; sayur; ikat; 300; 24; Kangkung cabut segar
sawi-hijau; Sawi hijau; sayur; ikat; 300; 48; Caisim untuk tumis dan bakso
sawi-putih; Sawi putih; sayur; kg; ; 96; Sawi putih
pakcoy; Pakcoy; sayur; ikat; 300; 48; Sawi sendok
selada; Selada; sayur; ikat; 200; 48; Selada keriting untuk lalapan
kubis; Kubis; sayur; kg; ; 168; Kol bulat
kembang-kol; Kembang kol; sayur; kg; ; 96; Bunga kol putih
brokoli; Brokoli; sayur; kg; ; 96; Brokoli hijau
wortel; Wortel; sayur; kg; ; 168; Wortel segar
kentang; Kentang; sayur; kg; ; 336; Kentang sayur
buncis; Buncis; sayur; kg; ; 72; Buncis muda
kacang-panjang; Kacang panjang; sayur; ikat; 250; 48; Kacang panjang segar
tomat; Tomat; sayur; kg; ; 96; Tomat merah
tomat-sayur; Tomat hijau; sayur; kg; ; 168; Tomat hijau untuk sayur
mentimun; Mentimun; sayur; kg; ; 96; Timun segar untuk lalapan
terong-ungu; Terong ungu; sayur; kg; ; 96; Terong panjang ungu
terong-hijau; Terong hijau; sayur; kg; ; 96; Terong hijau untuk lalapan
labu-siam; Labu siam; sayur; buah; 300; 168; Manisa, jipang
labu-kuning; Labu kuning; sayur; kg; ; 336; Waluh untuk kolak dan sayur
pare; Pare; sayur; kg; ; 72; Pare hijau
gambas; Gambas; sayur; kg; ; 72; Oyong muda
kecipir; Kecipir; sayur; ikat; 200; 48; Kecipir muda
daun-singkong; Daun singkong; sayur; ikat; 300; 24; Daun singkong muda
daun-pepaya; Daun pepaya; sayur; ikat; 200; 24; Daun pepaya muda
daun-kelor; Daun kelor; sayur; ikat; 150; 24; Kelor segar
daun-katuk; Daun katuk; sayur; ikat; 150; 24; Katuk untuk sayur bening
genjer; Genjer; sayur; ikat; 250; 24; Genjer segar
kenikir; Kenikir; sayur; ikat; 150; 24; Kenikir untuk lalapan dan pecel
kemangi; Kemangi; sayur; ikat; 80; 24; Kemangi wangi untuk lalapan
tauge; Tauge; sayur; ons; ; 24; Kecambah kacang hijau
jagung-manis; Jagung manis; sayur; buah; 350; 72; Jagung manis dengan kulit
jagung-muda; Jagung muda; sayur; bungkus; 200; 48; Janggel, putren
rebung; Rebung; sayur; bungkus; 250; 48; Rebung rebus iris
nangka-muda; Nangka muda; sayur; kg; ; 48; Tewel, dipotong
jantung-pisang; Jantung pisang; sayur; buah; 500; 48; Ontong pisang
jamur-tiram; Jamur tiram; sayur; ons; ; 48; Jamur tiram putih
jamur-kuping; Jamur kuping; sayur; bungkus; 100; 72; Jamur kuping segar
petai; Petai; sayur; papan; 120; 96; Petai tua
jengkol; Jengkol; sayur; kg; ; 96; Jengkol tua
melinjo; Melinjo; sayur; ons; ; 72; Biji melinjo untuk sayur asem
daun-melinjo; Daun melinjo; sayur; ikat; 100; 48; Daun so muda
kluwih; Kluwih; sayur; buah; 900; 72; Kluwih untuk sayur
turi; Bunga turi; sayur; bungkus; 150; 24; Kembang turi untuk pecel
sayur-sop; Sayur sop; sayur; bungkus; 350; 24; Wortel, kubis, kentang, buncis, seledri: siap dimasak
sayur-asem; Sayur asem; sayur; bungkus; 400; 24; Kacang panjang, melinjo, jagung, labu siam: siap dimasak
sayur-lodeh; Sayur lodeh; sayur; bungkus; 400; 24; Terong, kacang panjang, labu siam: siap dimasak
sayur-pecel; Sayur pecel; sayur; bungkus; 350; 12; Bayam, tauge, kacang panjang: tinggal direbus
cap-cay; Sayur capcai; sayur; bungkus; 350; 24; Sawi, wortel, kembang kol, jagung muda: siap dimasak
lalapan; Lalapan; sayur; bungkus; 250; 24; Mentimun, kubis, kemangi
cabai-rawit; Cabai rawit; bumbu; ons; ; 72; Cabai rawit merah pedas
cabai-rawit-hijau; Cabai rawit hijau; bumbu; ons; ; 72; Cabai rawit hijau
cabai-merah-besar; Cabai merah besar; bumbu; ons; ; 72; Cabai merah besar
cabai-keriting; Cabai merah keriting; bumbu; ons; ; 72; Cabai merah keriting
cabai-hijau; Cabai hijau besar; bumbu; ons; ; 72; Cabai hijau besar
bawang-merah; Bawang merah; bumbu; ons; ; 336; Bawang merah kering
bawang-putih; Bawang putih; bumbu; ons; ; 720; Bawang putih
bawang-bombai; Bawang bombai; bumbu; kg; ; 336; Bawang bombai
daun-bawang; Daun bawang; bumbu; ikat; 100; 48; Prei segar
seledri; Seledri; bumbu; ikat; 50; 48; Daun seledri segar
jahe; Jahe; bumbu; ons; ; 336; Jahe segar
jahe-merah; Jahe merah; bumbu; ons; ; 336; Jahe merah segar
kunyit; Kunyit; bumbu; ons; ; 336; Kunir segar
lengkuas; Lengkuas; bumbu; ons; ; 336; Laos segar
kencur; Kencur; bumbu; ons; ; 336; Kencur segar
temulawak; Temulawak; bumbu; ons; ; 336; Temulawak segar
serai; Serai; bumbu; ikat; 100; 168; Sereh wangi
daun-salam; Daun salam; bumbu; ikat; 30; 96; Daun salam segar
daun-jeruk; Daun jeruk; bumbu; bungkus; 20; 96; Daun jeruk purut
daun-kunyit; Daun kunyit; bumbu; ikat; 30; 72; Daun kunyit segar
daun-pandan; Daun pandan; bumbu; ikat; 50; 96; Pandan wangi
daun-pisang; Daun pisang; bumbu; ikat; 500; 72; Daun pisang untuk bungkus
jeruk-nipis; Jeruk nipis; bumbu; ons; ; 168; Jeruk nipis segar
jeruk-limau; Jeruk limau; bumbu; ons; ; 168; Jeruk sambal
asam-jawa; Asam jawa; bumbu; bungkus; 100; 2160; Asam jawa
belimbing-wuluh; Belimbing wuluh; bumbu; bungkus; 200; 48; Belimbing wuluh segar
kemiri; Kemiri; bumbu; ons; ; 2160; Kemiri kupas
ketumbar; Ketumbar; bumbu; bungkus; 50; 4320; Ketumbar butir
merica; Merica; bumbu; bungkus; 25; 4320; Merica putih butir
jinten; Jinten; bumbu; bungkus; 25; 4320; Jinten butir
pala; Pala; bumbu; butir; 6; 4320; Biji pala
cengkih; Cengkih; bumbu; bungkus; 20; 4320; Cengkih kering
kayu-manis; Kayu manis; bumbu; bungkus; 30; 4320; Kayu manis batang
kluwek; Kluwek; bumbu; buah; 30; 1440; Kluwek untuk rawon
terasi; Terasi; bumbu; bungkus; 50; 2160; Terasi udang
petis; Petis; bumbu; bungkus; 100; 720; Petis udang
garam; Garam; bumbu; bungkus; 250; 8760; Garam dapur beryodium
gula-merah; Gula merah; bumbu; kg; ; 1440; Gula kelapa
bumbu-sop; Bumbu sop; bumbu; bungkus; 50; 48; Bawang, merica, pala: siap pakai
bumbu-rawon; Bumbu rawon; bumbu; bungkus; 100; 48; Bumbu rawon basah
bumbu-soto; Bumbu soto; bumbu; bungkus; 100; 48; Bumbu soto basah
bumbu-rendang; Bumbu rendang; bumbu; bungkus; 100; 48; Bumbu rendang basah
bumbu-opor; Bumbu opor; bumbu; bungkus; 100; 48; Bumbu opor basah
bumbu-gulai; Bumbu gulai; bumbu; bungkus; 100; 48; Bumbu gulai basah
bumbu-kuning; Bumbu kuning; bumbu; bungkus; 100; 48; Bumbu kuning untuk ungkep
bumbu-pecel; Bumbu pecel; bumbu; bungkus; 200; 720; Sambal pecel siap seduh
sambal-terasi; Sambal terasi; bumbu; bungkus; 100; 48; Sambal terasi matang
empon-empon; Empon-empon; bumbu; bungkus; 250; 168; Jahe, kunyit, serai, temulawak
tempe; Tempe; tahu-tempe; papan; 400; 48; Tempe kedelai
tempe-daun; Tempe daun; tahu-tempe; bungkus; 100; 48; Tempe bungkus daun
tempe-gembus; Tempe gembus; tahu-tempe; papan; 300; 24; Tempe gembus
tempe-menjes; Menjes; tahu-tempe; papan; 300; 24; Menjes ampas tahu
tahu-putih; Tahu putih; tahu-tempe; bungkus; 500; 24; Tahu putih, 10 potong
tahu-kuning; Tahu kuning; tahu-tempe; bungkus; 500; 24; Tahu kuning, 10 potong
tahu-pong; Tahu pong; tahu-tempe; bungkus; 150; 48; Tahu goreng kopong
tahu-sutra; Tahu sutra; tahu-tempe; bungkus; 300; 72; Tahu lembut
oncom; Oncom; tahu-tempe; papan; 250; 48; Oncom merah
telur-ayam; Telur ayam; telur; kg; ; 336; Telur ayam ras
telur-ayam-kampung; Telur ayam kampung; telur; butir; 45; 336; Telur ayam kampung
telur-bebek; Telur bebek; telur; butir; 70; 336; Telur bebek
telur-asin; Telur asin; telur; butir; 75; 336; Telur asin matang
telur-puyuh; Telur puyuh; telur; pak; 250; 336; Telur puyuh
susu-sapi; Susu sapi segar; telur; liter; ; 12; Susu sapi perah segar
ayam-potong; Ayam potong; daging; kg; ; 12; Ayam ras, dipotong
ayam-kampung; Ayam kampung; daging; ekor; 1000; 12; Ayam kampung bersih
dada-ayam; Dada ayam; daging; kg; ; 12; Dada ayam segar
sayap-ayam; Sayap ayam; daging; kg; ; 12; Sayap ayam segar
ceker-ayam; Ceker ayam; daging; kg; ; 12; Ceker ayam bersih
ati-ampela; Ati ampela; daging; bungkus; 250; 12; Ati ampela ayam
daging-sapi; Daging sapi; daging; kg; ; 12; Daging sapi segar
daging-rawon; Daging rawon; daging; kg; ; 12; Daging sapi potong rawon
tulang-sop; Tulang sop; daging; kg; ; 12; Tulang sapi untuk sop
kikil; Kikil; daging; kg; ; 24; Kikil sapi rebus
babat; Babat; daging; kg; ; 24; Babat sapi rebus
daging-kambing; Daging kambing; daging; kg; ; 12; Daging kambing segar
bebek; Bebek; daging; ekor; 1500; 12; Bebek bersih
bakso; Bakso; daging; pak; 250; 48; Bakso sapi
lele; Ikan lele; ikan; kg; ; 12; Lele segar
nila; Ikan nila; ikan; kg; ; 12; Nila segar
mujair; Ikan mujair; ikan; kg; ; 12; Mujair segar
gurami; Ikan gurami; ikan; kg; ; 12; Gurami segar
patin; Ikan patin; ikan; kg; ; 12; Patin segar
bandeng; Ikan bandeng; ikan; kg; ; 12; Bandeng segar
bandeng-presto; Bandeng presto; ikan; bungkus; 300; 48; Bandeng duri lunak
tongkol; Ikan tongkol; ikan; kg; ; 12; Tongkol segar
pindang-tongkol; Pindang tongkol; ikan; bungkus; 250; 24; Tongkol pindang
pindang-layang; Pindang layang; ikan; bungkus; 250; 24; Ikan layang pindang
cakalang; Ikan cakalang; ikan; kg; ; 12; Cakalang segar
kembung; Ikan kembung; ikan; kg; ; 12; Kembung segar
teri-nasi; Teri nasi; ikan; ons; ; 1440; Teri nasi kering
ikan-asin; Ikan asin; ikan; ons; ; 1440; Ikan asin kering
udang; Udang; ikan; kg; ; 12; Udang segar
cumi; Cumi; ikan; kg; ; 12; Cumi segar
rebon; Rebon; ikan; ons; ; 1440; Udang rebon kering
pisang-mas; Pisang mas kirana; buah; sisir; 1200; 96; Pisang mas kirana Lumajang
pisang-agung; Pisang agung semeru; buah; tandan; 8000; 168; Pisang agung Semeru
pisang-kepok; Pisang kepok; buah; sisir; 1800; 120; Pisang untuk digoreng
pisang-raja; Pisang raja; buah; sisir; 1800; 96; Pisang raja
pisang-ambon; Pisang ambon; buah; sisir; 1800; 96; Pisang ambon
pepaya; Pepaya; buah; kg; ; 96; Pepaya matang
semangka; Semangka; buah; kg; ; 168; Semangka merah
melon; Melon; buah; kg; ; 168; Melon
nanas; Nanas; buah; buah; 900; 96; Nanas matang
jeruk-manis; Jeruk manis; buah; kg; ; 168; Jeruk manis
apel; Apel; buah; kg; ; 336; Apel
salak; Salak; buah; kg; ; 168; Salak pondoh
mangga; Mangga; buah; kg; ; 120; Mangga matang
alpukat; Alpukat; buah; kg; ; 96; Alpukat mentega
jambu-biji; Jambu biji; buah; kg; ; 72; Jambu merah
jambu-air; Jambu air; buah; kg; ; 48; Jambu air
klengkeng; Klengkeng; buah; kg; ; 96; Klengkeng manis
rambutan; Rambutan; buah; ikat; 1000; 72; Rambutan
manggis; Manggis; buah; kg; ; 120; Manggis
durian; Durian; buah; buah; 2000; 72; Durian lokal
sawo; Sawo; buah; kg; ; 72; Sawo matang
belimbing; Belimbing; buah; kg; ; 96; Belimbing manis
bengkuang; Bengkuang; buah; kg; ; 168; Bengkuang
kelapa-muda; Kelapa muda; buah; buah; 1800; 72; Kelapa muda utuh
kelapa; Kelapa tua; pokok; buah; 900; 720; Kelapa untuk santan
kelapa-parut; Kelapa parut; pokok; bungkus; 250; 8; Kelapa parut segar
singkong; Singkong; pokok; kg; ; 72; Ketela pohon
ubi-jalar; Ubi jalar; pokok; kg; ; 336; Ketela rambat
talas; Talas; pokok; kg; ; 336; Talas
beras; Beras; pokok; kg; ; 4320; Beras medium
beras-ketan; Beras ketan; pokok; kg; ; 4320; Ketan putih
minyak-goreng; Minyak goreng; pokok; liter; ; 4320; Minyak goreng
gula-pasir; Gula pasir; pokok; kg; ; 8760; Gula pasir
tepung-terigu; Tepung terigu; pokok; kg; ; 2160; Tepung terigu
tepung-beras; Tepung beras; pokok; bungkus; 500; 2160; Tepung beras
tepung-kanji; Tepung kanji; pokok; bungkus; 500; 4320; Tapioka
kacang-tanah; Kacang tanah; pokok; kg; ; 1440; Kacang tanah kupas
kacang-hijau; Kacang hijau; pokok; kg; ; 2160; Kacang hijau
kedelai; Kedelai; pokok; kg; ; 2160; Kedelai kering
mi-telur; Mi telur; pokok; bungkus; 200; 4320; Mi telur kering
bihun; Bihun; pokok; bungkus; 200; 4320; Bihun jagung
soun; Soun; pokok; bungkus; 100; 4320; Soun
santan; Santan segar; pokok; bungkus; 250; 6; Santan peras
kerupuk; Kerupuk mentah; camilan; bungkus; 250; 4320; Kerupuk mentah
kerupuk-matang; Kerupuk matang; camilan; bungkus; 100; 336; Kerupuk goreng
keripik-pisang; Keripik pisang; camilan; bungkus; 200; 1440; Keripik pisang Lumajang
rempeyek; Rempeyek; camilan; bungkus; 150; 336; Rempeyek kacang
nagasari; Nagasari; kue; buah; 80; 24; Nagasari pisang
lemper; Lemper; kue; buah; 80; 12; Lemper ayam
onde-onde; Onde-onde; kue; buah; 60; 24; Onde-onde kacang hijau
klepon; Klepon; kue; bungkus; 150; 12; Klepon gula merah
cenil; Cenil; kue; bungkus; 150; 12; Cenil dengan kelapa
nasi-pecel; Nasi pecel; masakan; bungkus; 350; 6; Nasi pecel bungkus
nasi-jagung; Nasi jagung; masakan; bungkus; 350; 6; Nasi jagung dengan urap
urap-urap; Urap-urap; masakan; bungkus; 250; 6; Sayur rebus dengan kelapa bumbu
lontong; Lontong; masakan; buah; 150; 24; Lontong daun
"""


def _read(text: str) -> Template:
    code, name, category, unit, gram, hours, description = map(str.strip, text.split(";"))
    return Template(
        code=code,
        name=name,
        description=description,
        category=category,
        unit=unit,
        label=f"per {unit}",
        gram_per_unit=int(gram) if gram else None,
        keeps_for_s=int(hours) * 3_600,
    )


USUAL: Final = tuple(map(_read, _GOODS.strip().splitlines()))
