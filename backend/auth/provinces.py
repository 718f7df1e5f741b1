"""The first three digits of a citizen id: where the birth was registered (TT 07/2016, annex 1)."""

LEGACY = frozenset(
    {
        "001", "002", "004", "006", "008", "010", "011", "012", "014", "015", "017", "019", "020",
        "022", "024", "025", "026", "027", "030", "031", "033", "034", "035", "036", "037", "038",
        "040", "042", "044", "045", "046", "048", "049", "051", "052", "054", "056", "058", "060",
        "062", "064", "066", "067", "068", "070", "072", "074", "075", "077", "079", "080", "082",
        "083", "084", "086", "087", "089", "091", "092", "093", "094", "095", "096",
    }
)  # fmt: skip
"""All 63 provinces as they were before July 2025; the 34 of today are among them. A number never
changes, so every code stays good for ever. People registered abroad have codes of countries, of
which no full list was found: a code that is not here is a doubt, never a refusal."""
