//! Texts to begin with: dates, and rows in the layouts of ACLED and GDELT, of our own making, as their data may not be passed on.

/// Dates of every form.
pub(crate) const EDTF: &[&str] = &[
    "2023-10-09",
    "2023-10",
    "2023",
    "202X",
    "20XX-10",
    "2023-10-XX~",
    "2023-10-09?",
    "2023-10-09~",
    "2023-10-09%",
    "2004-06~-11",
    "2004?-06-11",
    "~2004-06",
    "[2023-11-15..2023-11-30]",
    "[..2023-11-30]",
    "[2023-11-15..]",
    "[2023-10-01,2023-10-09,2023-12]",
    "{2023-10-01,2023-10-09..2023-10-12}",
    "2023-08/2023-10",
    "2023-08-01/..",
    "../2023-08-01",
    "2023-08/",
    "/2023-08",
    "2023-08~/2023-10-09?",
    "[2023-08..2023-09]/[2023-10..]",
    "2023-25",
    "2023-32",
    "2023-33",
    "2023-37",
    "2023-41",
    "2023-21",
    "Y170000002",
    "Y-17E7",
    "1950S2",
    "-0333",
    "0001-01-01",
    "9999-12-31~",
    "2023-10-09T10:00:00Z",
    "2024-02-29",
    "2023-02-29",
    "XXXX-12-XX",
];

/// YAML that is no plain tree of facts.
pub(crate) const YAML: &[&str] = &[
    "",
    "# nothing\n",
    "events: []\n",
    "events: &a\n  - *a\n",
    "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "events:\n  - {name: events/one, title: 'One', kind: EVENT_KIND_ATTACK}\n",
    "events:\n  - name: \"events/\\u00e9\\x41\"\n    title: |+\n      two\n\n      lines\n    kind: 120\n",
    "--- \nevents: ~\n...\n---\nplaces: null\n",
    "? events\n: - name: !!str events/one\n",
    "%YAML 1.2\n---\nplaces:\n- name: places/one\n  point: {latitude: 1e400, longitude: .inf}\n",
    "\u{feff}sources:\n  - name: sources/x # beside\n    # above\n    title: X\n",
    "claims_on:\n  - event: events/kiln-attack\n    claims:\n      - stance: STANCE_DENIES\n        time: {edtf: '[2031-01..]'}\n",
];

const ACLED: &str = "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,\
inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location,latitude,longitude,\
geo_precision,source,source_scale,notes,fatalities,tags,timestamp";

/// Clashes between made-up groups in a made-up town.
pub(crate) fn acled() -> Vec<String> {
    let rows = [
        "NER1,2003-10-07,2003,1,Political violence,Battles,Armed clash,Military Forces of Nowhere (2001-),,1,River Front,River Guard; Marsh \
         Guard,2,12,,562,Africa,Niger,North,Upper North,,Old Ford,15.5,8.25,1,Gazette; Herald,National,\"At the ford, \"\"at dawn\"\".\",3,,1700000000",
        "NER2,07 October 2003,2003,2,Political violence,Explosions/Remote violence,Shelling/artillery/missile attack,River Front,,Rebel \
         group,Civilians (Niger),,Civilians,20,Civilian targeting,562,Africa,Niger,North,,,Upper Ford,15.25,8.5,2,Herald,Other,,0,crowd size=no \
         report,1700000000",
        "NER3,2003-11-01,2003,3,Strategic developments,Strategic developments,Non-violent transfer of territory,River \
         Front,,2,,,0,20,,562,Africa,Niger,North,,,North,15,8,3,Gazette,National,,0,,1700000000",
        "ZZ9,2003-02-30,2003,9,Demonstrations,Protests,Peaceful protest,Protesters (Niger),,6,,,0,60,,999,Africa,Elsewhere,,,,,95,8,7,,,,-1,,x",
    ];
    let one = |row: &str| format!("{ACLED}\n{row}\n");
    rows.iter().map(|row| one(row)).chain([one(&rows[..3].join("\n"))]).collect()
}

/// A row of so many columns.
fn gdelt_row(columns: usize, changes: &[(usize, &str)]) -> String {
    let geo = if columns == 61 { 51 } else { 49 };
    let point = if columns == 61 { geo + 5 } else { geo + 4 };
    let mut cells = vec![""; columns];
    let usual =
        [(0, "777"), (1, "20031007"), (5, "NERMIL"), (6, "ARMY"), (15, "REB"), (16, "RIVER FRONT"), (26, "193")];
    let place = [(geo, "4"), (geo + 1, "Old Ford, North, Niger"), (geo + 2, "NG")];
    let rest = [(point, "15.5"), (point + 1, "8.25"), (point + 2, "-123")];
    let last: &[(usize, &str)] = match columns {
        57 => &[(56, "20031008")],
        58 => &[(56, "20031008"), (57, "https://gazette.example/ford")],
        _ => &[(59, "20031008120000"), (60, "https://gazette.example/ford")],
    };
    for (at, cell) in [&usual, &place[..], &rest, last, changes].concat() {
        cells[at] = cell;
    }
    cells.join("\t") + "\n"
}

/// The three layouts.
pub(crate) fn gdelt() -> Vec<String> {
    let other: &[(usize, &str)] = &[(0, "778"), (26, "0311"), (1, "20031032"), (5, "")];
    let mut all: Vec<String> = [57, 58, 61].iter().map(|columns| gdelt_row(*columns, &[])).collect();
    all.push(gdelt_row(61, &[]) + &gdelt_row(61, other));
    all.push(gdelt_row(61, &[(51, "3"), (53, "US"), (26, "14")]));
    all.push(gdelt_row(58, &[(49, "1"), (53, ""), (54, ""), (26, "202")]));
    all
}
