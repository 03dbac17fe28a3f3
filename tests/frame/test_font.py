"""The font that is built from the package's: the characters of the pages, their weights, figures of one width."""

from fontTools.ttLib import TTFont

from torhaus.frame.font import CHARACTERS, write_font


def test_the_font_draws_what_the_pages_need_in_each_weight(tmp_path):
    write_font(tmp_path / "folder" / "inter.woff2")
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["inter.woff2"]
    font = TTFont(tmp_path / "folder" / "inter.woff2")
    drawn = font.getBestCmap()
    assert not set("äöüßÄÖÜ€é…–„“”‘’→✓ Žł") - {chr(one) for one in drawn}
    assert not set(drawn) - set(CHARACTERS)
    assert [(axis.axisTag, axis.minValue, axis.maxValue) for axis in font["fvar"].axes] == [("wght", 400, 700)]
    features = {one.FeatureTag for table in ("GSUB", "GPOS") for one in font[table].table.FeatureList.FeatureRecord}
    assert {"kern", "tnum"} <= features
    assert (tmp_path / "folder" / "inter.woff2").stat().st_size < 30_000
