#!/usr/bin/env python3
"""Cuts the demo organisation and its submissions from public data.

    make.py --ideas ideas.csv --comments comments.csv --out DIRECTORY [--fixtures DIRECTORY]

writes organisation.json, submissions.json and work.json (their shape and their sources: README.md beside this file) and,
if asked to, the test fixtures. The same input always gives the same bytes: there is no clock in here, and what looks like
chance is a fixed stream. own.py holds texts of our own, grow.py and work.py make half a year of it. Sentences of others stay whole: a long text is cut at the end of a sentence, never inside.
"""

import argparse
import csv
import json
import pathlib
import re
import sys
import unicodedata

import grow
import own
import work

LONGEST_TEXT = 600

# ---------------------------------------------------------------- the organisation

SITES = [
    # code, region, name, what it is
    ("AB", "N", "Alderbeck Hospital", "hospital"),
    ("PS", "N", "Port Selwyn Ambulance Station", "ambulance"),
    ("NG", "N", "Northgate Contact Centre", "contact"),
    ("FS", "N", "Fellside Community Clinic", "clinic"),
    ("KM", "M", "Kingsmere Hospital", "hospital"),
    ("HV", "M", "Harrow Vale Ambulance Station", "ambulance"),
    ("CS", "M", "Castle Street Contact Centre", "contact"),
    ("MB", "M", "Millbrook Health Centre", "clinic"),
    ("SM", "S", "Saltmarsh Hospital", "hospital"),
    ("BR", "S", "Bay Road Ambulance Station", "ambulance"),
    ("OC", "S", "Orchard Community Clinic", "clinic"),
    ("LS", "S", "Lakeside Rehabilitation Centre", "rehabilitation"),
]
REGIONS = [("N", "North"), ("M", "Midland"), ("S", "South")]
TEAMS = {
    "hospital": [("ED", "Emergency department"), ("W3", "Ward 3"), ("W7", "Ward 7"), ("OP", "Outpatients")],
    "ambulance": [("EC", "Emergency crews"), ("PT", "Patient transport"), ("VR", "Vehicle readiness")],
    "contact": [("DC", "Call handlers, days"), ("NC", "Call handlers, nights"), ("CA", "Clinical advice")],
    "clinic": [("DN", "District nurses"), ("TH", "Therapies"), ("RC", "Reception")],
    "rehabilitation": [("IW", "Inpatient ward"), ("TH", "Therapies"), ("HE", "Home equipment"), ("RC", "Reception")],
}
FUNCTIONS = [("IT", "IT", 4), ("SUPPLY", "Supply", 3), ("FACILITIES", "Facilities", 3), ("HR", "HR", 2),
             ("PX", "Patient experience", 8)]

GIVEN = """Amara Bram Celeste Dilan Edda Farid Greta Hamza Ilse Jomo Katya Luca Mei Noor Olu Priya Quentin Rosa Samir
Tove Uma Viktor Wanjiru Xenia Yusuf Zoë Anil Beatriz Callum Danuta Emeka Freya Goran Hana Iker Jolene Kwame Lena
Mateus Nadia""".split()
FAMILY = """Okafor Lindqvist Marsh Demir Novak Rahman Castellan Ibekwe Hartog Petrov Nakamura Bexley Osei Varga Quill
Thapa Moreau Asante Kowalczyk Fenwick Haddad Sørensen Banerjee Whitlow Mabaso Dragomir Ahlberg Pereira Nguyễn Tully
Achterberg Sandhu Corrigan Baptiste Yilmaz Rook Zielinski Amadi Holt Vasquez""".split()
SPANISH_GIVEN = "Lucía Mateo Inés Rafael Paloma Andrés Marisol Joaquín Ximena Tomás".split()
SPANISH_FAMILY = "Herrera Galván Quiroga Ibáñez Montoya Saldaña Peralta Urrutia Cárdenas Robledo".split()
# One in ten people reads Spanish; the numbers are places in the list of 200.
SPANISH_EVERY = 10

CAUSES = [
    # key, parent, category, status, owner function, name, whys
    ("WAIT", None, "PROCESS", "CONFIRMED", "PX", "People wait longer than we told them", []),
    ("WAIT-HOME", "WAIT", "PROCESS", "BEING_ADDRESSED", "FACILITIES", "The ride home is planned only when the patient is ready",
     ["The patient is ready but no vehicle is on its way.", "The vehicle is ordered when the ward calls.",
      "The ward calls when the letter and the medicines are there.",
      "Nobody is asked to say in the morning who will leave today.",
      "The plan for the day was made for arrivals; departures were never part of it."]),
    ("WAIT-BATCH", "WAIT-HOME", "POLICY", "CONFIRMED", "FACILITIES", "Shared rides are put together by area, not by appointment time",
     ["People are asked to be ready two hours early.", "The ride collects everybody of one area.",
      "Sharing is counted in kilometres saved, not in hours waited."]),
    ("WAIT-HANDOVER", "WAIT", "PLACE", "BEING_ADDRESSED", "PX", "Crews queue to hand over at the hospital door",
     ["Crews stay with patients outside the door.", "There is no bay free to hand over in.",
      "Bays are used as a waiting room for beds."]),
    ("WAIT-UPDATE", "WAIT", "PROCESS", "SUSPECTED", "PX", "Nobody tells people that the plan has changed", []),
    ("REACH", None, "TECHNOLOGY", "CONFIRMED", "IT", "It is hard to get through to us", []),
    ("REACH-LINES", "REACH", "PEOPLE", "BEING_ADDRESSED", "HR", "Too few people answer when most people call",
     ["Callers wait longest on Monday mornings.", "Shifts start at nine, calls at eight.",
      "The shift plan is older than the booking line."]),
    ("REACH-QUEUE", "REACH-LINES", "TECHNOLOGY", "RESOLVED", "IT", "The telephone system does not say how long the queue is", []),
    ("REACH-SCRIPT", "REACH", "POLICY", "CONFIRMED", "PX", "Every caller gets every question", []),
    ("RECORD", None, "TECHNOLOGY", "CONFIRMED", "IT", "What we know does not travel with the patient", []),
    ("RECORD-NOTES", "RECORD", "TECHNOLOGY", "BEING_ADDRESSED", "IT", "Needs are asked again because they are not kept",
     ["Every call asks again about escort, language and walking.", "The answers are typed into a free text field.",
      "The field is emptied when the booking is closed."]),
    ("RECORD-FORM", "RECORD-NOTES", "PRODUCT", "RESOLVED", "IT", "The booking form has no place for an escort or a wheelchair", []),
    ("RECORD-DUP", "RECORD", "PRODUCT", "CONFIRMED", "IT", "The same information lives in many places and says different things", []),
    ("CARE", None, "PEOPLE", "SUSPECTED", "HR", "How people are spoken to depends on who is on shift", []),
]

JOURNEYS = [
    ("coming", "Coming to us", "Cómo llegan a nosotros", [
        ("call", "Calling us", "Llamarnos"), ("book", "Booking a ride", "Reservar el traslado"),
        ("ready", "Waiting to be collected", "Esperar la recogida"), ("ride", "The ride", "El traslado"),
        ("find", "Finding the place", "Encontrar el lugar")]),
    ("visit", "Your visit", "Su visita", [
        ("arrive", "Arriving", "La llegada"), ("wait", "Waiting", "La espera"),
        ("seen", "Being seen", "La consulta"), ("around", "Rooms and food", "El lugar y la comida")]),
    ("home", "Going home", "La vuelta a casa", [
        ("leave", "Leaving with a plan", "El alta"), ("ridehome", "The ride home", "El traslado a casa"),
        ("after", "Medicines and equipment", "Medicinas y equipos")]),
    ("work", "Working here", "Trabajar aquí", [
        ("systems", "Systems and forms", "Sistemas y formularios"),
        ("inform", "What we publish", "Lo que publicamos"), ("learn", "Learning and joining", "Aprender e incorporarse")]),
]

REASONS = [
    # code, phase, English, Spanish
    ("ALREADY_DONE", "DECLINED", "It exists already", "Ya existe"),
    ("NOT_OURS", "DECLINED", "It is not ours to decide", "No nos corresponde decidirlo"),
    ("TOO_COSTLY", "DECLINED", "It would cost more than it brings", "Costaría más de lo que aporta"),
    ("ONE_OFF", "DECLINED", "It happened once and was put right", "Ocurrió una vez y se corrigió"),
    ("THANKS_PASSED_ON", "DECLINED", "A thank-you, passed on", "Un agradecimiento, ya transmitido"),
    ("NOT_WANTED", "DECLINED", "Those it is for would rather not", "Las personas a las que afecta prefieren que no"),
    ("NO_PROPOSAL", "DECLINED", "We could not find a proposal in it", "No encontramos una propuesta"),
    ("WAITS_FOR_OTHER_WORK", "DEFERRED", "It waits for other work", "Depende de otro trabajo"),
    ("NO_MONEY_THIS_YEAR", "DEFERRED", "There is no money for it this year", "Este año no hay dinero"),
    ("NEEDS_A_TRIAL", "DEFERRED", "It needs a trial first", "Necesita antes una prueba"),
]


def folded(name):
    plain = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("đ", "d")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", plain.lower())


def make_units():
    units = [{"code": "LK", "name": "Larkfield Care", "kind": "OTHER", "parent": None}]
    units += [{"code": code, "name": name, "kind": "REGION", "parent": "LK"} for code, name in REGIONS]
    for code, region, name, sort in SITES:
        units.append({"code": code, "name": name, "kind": "SITE", "parent": region})
        units += [{"code": f"{code}-{team}", "name": title, "kind": "TEAM", "parent": code} for team, title in TEAMS[sort]]
    units += [{"code": code, "name": name, "kind": "FUNCTION", "parent": "LK"} for code, name, _ in FUNCTIONS]
    return units


class Staff:
    """Makes people one after another and remembers who does what."""

    def __init__(self):
        self.people, self.grants, self.teams, self.lead = [], [], {}, {}
        self.central, self.regional = [], {region: [] for region, _ in REGIONS}

    def hire(self, unit, mail, grant=None):
        place = len(self.people)
        spanish = place % SPANISH_EVERY == 6
        if spanish:
            turn = place // SPANISH_EVERY
            name = f"{SPANISH_GIVEN[turn % 10]} {SPANISH_FAMILY[(turn * 3 + turn // 10) % 10]}"
        else:
            name = f"{GIVEN[(place + place // 40) % 40]} {FAMILY[(place * 7 + place // 40 * 2) % 40]}"
        given, family = name.split(" ", 1)
        code = f"LK{1001 + place}"
        address = f"{folded(given)}.{folded(family)}@demo.example" if mail else None
        self.people.append({"staff_code": code, "name": name, "email": address, "locale": "es" if spanish else "en",
                            "home_unit": unit})
        if grant:
            self.grants.append({"staff_code": code, "role": grant[0], "unit": grant[1]})
        self.teams.setdefault(unit, []).append(code)
        return code

    def of(self, code):
        return self.people[int(code[2:]) - 1001]

    def in_english(self, codes):
        return [code for code in codes if self.of(code)["locale"] == "en"]


def make_staff(units):
    staff = Staff()
    special = {"executives": [staff.hire("LK", True, ("EXECUTIVE", "LK")), staff.hire("LK", True, ("EXECUTIVE", "LK"))]}
    for region, _ in REGIONS:
        special["executives"].append(staff.hire(region, True, ("EXECUTIVE", region)))
    special["moderator"] = staff.hire("LK", True, ("MODERATOR", "LK"))
    special["auditor"] = staff.hire("LK", True, ("AUDITOR", "LK"))
    special["admin"] = staff.hire("LK", True, ("ADMIN", "LK"))
    for code, _, count in FUNCTIONS:
        for number in range(count):
            person = staff.hire(code, True)
            if number == 0:
                staff.lead[code] = person
                staff.grants.append({"staff_code": person, "role": "MANAGER", "unit": code})
            if code == "PX" and number < 2:
                staff.grants.append({"staff_code": person, "role": "REVIEWER", "unit": "LK"})
                staff.central.append(person)
            elif code == "PX":
                region = REGIONS[(number - 2) % 3][0]
                staff.grants.append({"staff_code": person, "role": "REVIEWER", "unit": region})
                staff.regional[region].append(person)
    for code, *_ in SITES:
        staff.lead[code] = staff.hire(code, True, ("MANAGER", code))
    for unit in (unit for unit in units if unit["kind"] == "TEAM"):
        team = sum(1 for other in staff.lead)
        for number in range(4):
            # Two of the four in a team have no company mail: they use the shared tablet.
            mail = number == 0 or number == 1 + team % 3
            grant = ("MANAGER", unit["code"]) if number == 0 else None
            person = staff.hire(unit["code"], mail, grant)
            if number == 0:
                staff.lead[unit["code"]] = person
    return staff, special


def make_organisation(units, staff, special):
    ward = staff.teams["KM-W7"]
    without_mail = [code for code in ward if staff.of(code)["email"] is None and staff.of(code)["locale"] == "en"]
    with_mail = [code for code in ward[1:] if staff.of(code)["email"] and staff.of(code)["locale"] == "en"]
    reader = next(person["staff_code"] for person in staff.people if person["locale"] == "es" and person["email"] is None)
    owners = special["executives"]
    return {
        "name": "Larkfield Care",
        "zone": "Europe/London",
        "languages": ["en", "es"],
        "program": {"name": {"en": "Heard at Larkfield", "es": "Larkfield escucha"}},
        "units": units,
        "people": staff.people,
        "grants": staff.grants,
        "integration": {"name": "Feedback bridge", "unit": "LK", "scopes": ["content", "submit", "submit-on-behalf"]},
        "personas": {"nurse": without_mail[-1], "colleague": with_mail[0], "reviewer": staff.regional["M"][0],
                     "manager": staff.lead["KM"], "admin": special["admin"], "spanish_reader": reader},
        "journeys": [
            {"key": key, "name": {"en": english, "es": spanish}, "owner": owners[number % len(owners)],
             "touchpoints": [{"key": point, "name": {"en": here, "es": there},
                              "owner": staff.lead[SITES[(number * 3 + turn) % 12][0]]}
                             for turn, (point, here, there) in enumerate(points)]}
            for number, (key, english, spanish, points) in enumerate(JOURNEYS)],
        "causes": [
            {"key": key, "parent": parent, "category": category, "status": status, "owner_unit": owner,
             "owner": staff.lead[owner], "name": name, "whys": whys,
             "progress": [{"status": then, "days_ago": days} for then, days in grow.CAUSE_DATES[key].items()]}
            for key, parent, category, status, owner, name, whys in CAUSES],
        "resolutions": [{"cause": key, "by": staff.central[0], "days_ago": grow.CAUSE_DATES[key]["RESOLVED"], "texts": texts}
                        for key, texts in grow.RESOLUTIONS.items()],
        "reasons": [{"code": code, "phase": phase, "label": {"en": english, "es": spanish}}
                    for code, phase, english, spanish in REASONS],
    }


# ---------------------------------------------------------------- texts of others

def sentences(text):
    text = " ".join(text.split())
    guarded = re.sub(r"\b(U\.S|e\.g|i\.e|Dr|Mr|Mrs|vs|etc|St|No|approx)\.", lambda found: found.group(0).replace(".", "\0"), text)
    return [part.replace("\0", ".") for part in re.split(r"(?<=[.!?])\s+", guarded) if part]


def cut(text, longest=LONGEST_TEXT):
    """As many whole sentences as fit; None if not even the first does."""
    kept = ""
    for sentence in sentences(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > longest:
            break
        kept = longer
    return kept or None


NO_CONTENT = {"Labelling not possible", "Not assigned"}
NON_ANSWER = re.compile(r"^(there (was|is) )?(nothing|none|n/?a|no|nil|not applicable|did not answer|isn'?t any|don'?t know|unsure|all good)\b.{0,60}$", re.I)
# What could name or wound somebody stays out of a demo and of the fixtures.
UNFIT = re.compile(
    r"unreadable|\[|foreign|forge|\brape|suicid|sexual|\bdied\b|\bdead\b|death|murder|damn|crap|\bshit|\bass\b|sectioned|abuse|"
    r"\bDr\.? [A-Z]|\bMrs?\.? [A-Z]|\bMs\.? [A-Z]|@|\d{6,}|\bnamed?\b|called [A-Z][a-z]+ |safeguard|palliative|cancer|accent|\bblood bath", re.I)


def has_content(row):
    text = " ".join(row["text"].split())
    return (30 <= len(text) and not NON_ANSWER.match(text) and row["sentiment"] and not set(row["labels"].split("|")) & NO_CONTENT
            and row["service"].strip() not in ("", "Unknown") and not UNFIT.search(text))


def service_of(row):
    return " ".join(row["service"].split())


def spread(rows, groups, count):
    """Takes rows one by one from each group in turn, in file order."""
    shelves = {}
    for row in rows:
        shelves.setdefault(groups(row), []).append(row)
    taken = []
    while len(taken) < count and any(shelves.values()):
        for shelf in sorted(shelves):
            if shelves[shelf] and len(taken) < count:
                taken.append(shelves[shelf].pop(0))
    return taken


def unlike(rows):
    seen = set()
    for row in rows:
        key = re.sub(r"\W", "", row["text"].lower())
        if key not in seen:
            seen.add(key)
            yield row


def write_fixtures(ideas, comments, folder):
    folder.mkdir(parents=True, exist_ok=True)
    fit = list(unlike(row for row in comments if has_content(row) and len(row["text"]) <= 1_000))
    taken = spread(fit, lambda row: (row["labels"].split("|")[0], service_of(row)), 200)
    order = {row["comment_id"]: place for place, row in enumerate(comments)}
    taken.sort(key=lambda row: order[row["comment_id"]])
    with open(folder / "patient_comments_200.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["comment_id", "trust", "service", "text", "sentiment", "labels"])
        for row in taken:
            writer.writerow([row["comment_id"], row["trust"], service_of(row), row["text"].strip(), row["sentiment"], row["labels"]])
    with open(folder / "employee_ideas_65.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["idea_id", "title", "description", "org", "status"])
        for number, row in enumerate(ideas, 1):
            writer.writerow([f"10x-{row['year']}-{number:02}", " ".join(row["title"].split()), row["description"].strip(),
                             " ".join(row["submitter_org"].split()), row["status"]])


# ---------------------------------------------------------------- what became of the ideas (our own words)

# place in ideas.csv: (phase reached, touchpoint, causes, words to the author, reason or twin)
IDEAS = {
    0: ("ACCEPTED", "book", ["RECORD-NOTES"], "Yes, we want this. A shared or changing phone number should not cost anybody their appointment. Patient experience will write down, with two of you, what a booking needs to know.", None),
    1: ("UNDER_REVIEW", "inform", [], None, None),
    2: ("PLANNED", "inform", ["RECORD-DUP"], "This has a place in the spring plan: every alert we send will be read by people from three neighbourhoods before it goes out.", None),
    3: ("DECLINED", "inform", [], "Thank you for thinking of the students. The safety network is not ours to lend, so we cannot take this further. We have sent your text to the people who run it.", "NOT_OURS"),
    4: ("UNDER_REVIEW", "systems", [], None, None),
    5: ("IN_PROGRESS", "inform", ["RECORD-DUP"], "We have started. Two Spanish-speaking colleagues now check every letter before it is used, and the first twelve letters are done.", None),
    6: ("SUBMITTED", "learn", [], None, None),
    7: ("DEFERRED", "inform", [], "A good idea that comes a little early: our buildings get proper meters next spring. We look at it again then, with real figures.", "WAITS_FOR_OTHER_WORK"),
    8: ("UNDER_REVIEW", "inform", [], None, None),
    9: ("ACCEPTED", "systems", [], "Yes. Facilities already gets these reports on paper and would rather have them on a map. They will call you to see what a report needs to say.", None),
    10: ("SUBMITTED", "inform", [], None, None),
    11: ("SUBMITTED", "learn", [], None, None),
    12: ("PLANNED", "learn", [], "HR will try your outreach texts for the next four technology posts and will compare who applies.", None),
    13: ("UNDER_REVIEW", "inform", [], None, None),
    14: ("IMPLEMENTED", "inform", ["RECORD-DUP"], "Done: the tables on our website now say in one plain line what each word means. \"Tenure\" was the first that we replaced. Thank you.", None),
    15: ("SUBMITTED", "systems", [], None, None),
    16: ("IN_PROGRESS", "inform", ["RECORD-DUP"], "We have started to take pages down: 140 of 900 say the same as another. Your list was the beginning of it.", None),
    17: ("NEEDS_INFO", "systems", ["RECORD"], "We like this and have a question: should people see only what we hold about them, or also be able to correct it themselves?", None),
    18: ("UNDER_REVIEW", "inform", [], None, None),
    19: ("SUBMITTED", "systems", [], None, None),
    20: ("SUSTAINED", "systems", [], "Done: the guide is in use. The last two suppliers were chosen with it, and both delivered something that worked in the first month.", None),
    21: ("DECLINED", "learn", [], "This text tells us about a programme, and we could not find a proposal in it. If you had one in mind, please send it; we would like to read it.", "NO_PROPOSAL"),
    22: ("SUBMITTED", "after", [], None, None),
    23: ("DEFERRED", "systems", [], "Linking records without names needs a trial under the eyes of our privacy officer. She has time for it in the autumn; we look at it again then.", "NEEDS_A_TRIAL"),
    24: ("IMPLEMENTED", "seen", [], "Done: people can now choose a visit at home, a video call or the telephone when their needs are assessed. One in three chooses the telephone.", None),
    25: ("UNDER_REVIEW", "systems", [], None, None),
    26: ("SUBMITTED", "systems", [], None, None),
    27: ("PLANNED", "systems", ["RECORD-NOTES"], "This will be part of the new patient portal: upload a document once, and use it for every application. Planned for the second release.", None),
    28: ("ACCEPTED", "systems", [], "Yes. Nobody should miss a fresh start because a form is hard. HR will begin with our own application form.", None),
    29: ("IMPLEMENTED", "inform", ["RECORD-DUP"], "Done: the language switch is now at the top right of every page, in its own language. Visits to the Spanish pages have doubled.", None),
    30: ("ACCEPTED", "systems", ["RECORD-FORM"], "Yes, and thank you for the example. The list of places in our forms is being checked, so that everybody finds where they live.", None),
    31: ("UNDER_REVIEW", "inform", [], None, None),
    32: ("ACCEPTED", "systems", ["RECORD"], "Yes. Therapies and IT will look together at which papers can go, starting with the intake form.", None),
    33: ("PLANNED", "inform", [], "Planned: the next yearly report comes with five worked examples, so that nobody needs to know our tables by heart.", None),
    34: ("PLANNED", "inform", [], "Planned: one page on which people see what they owe us, and a reminder before it grows. Finance starts with parking and equipment fees.", None),
    35: ("SUBMITTED", "inform", [], None, None),
    36: ("DEFERRED", "seen", [], "The clinicians like this very much. There is no money for it in this year's plan; it is on the list for the next one, and we look at it again then.", "NO_MONEY_THIS_YEAR"),
    37: ("IN_PROGRESS", "around", [], "We have started: people at Lakeside can now report what is broken in their room by a sticker with a code. 31 reports in the first two weeks.", None),
    38: ("ACCEPTED", "inform", [], "Yes. Listening comes before deciding, and a calendar that everybody can find is a fair beginning. We will set it up together with the councils.", None),
    39: ("DECLINED", "systems", [], "We asked two suppliers. It would cost more than our whole information budget, and the library offers something close for free. We have put the link on the intranet.", "TOO_COSTLY"),
    40: ("NEEDS_INFO", "inform", [], "Which of our surveys did you have in mind? We send eleven a year and would like to begin with the one that people leave half done.", None),
    41: ("IMPLEMENTED", "inform", [], "Done: the advertising trackers are gone from all our pages, and the page that tells you what we count has four sentences now.", None),
    42: ("DEFERRED", "systems", [], "We want labels like these on every tool that decides something about people. The national template is due in summer; we look at it again then.", "WAITS_FOR_OTHER_WORK"),
    43: ("SUBMITTED", "systems", [], None, None),
    44: ("SUSTAINED", "systems", ["RECORD-FORM"], "Done: the new form asks once, in plain words, and only what is needed. Half as many come back with gaps.", None),
    45: ("IMPLEMENTED", "learn", [], "Done: the library is open to everybody in the team folder. Nineteen pieces of research that we would have paid for twice are in it.", None),
    46: ("MERGED", "learn", [], "You and a colleague had the same thought. We have joined yours with theirs, and you will hear all that becomes of it.", 48),
    47: ("MERGED", "learn", [], "This text reached us twice. We have joined the two, so that nothing is answered two ways.", 21),
    48: ("IN_PROGRESS", "learn", [], "We have started: 64 people have said that we may ask them, and the first eight interviews are done.", None),
    49: ("SUSTAINED", "learn", [], "Done: the page with six questions tells you what applies to your document. It is the most used page of the intranet.", None),
    50: ("IN_PROGRESS", "inform", [], "We have started: the new letter template cannot be saved without headings and picture descriptions any more.", None),
    51: ("ACCEPTED", "inform", ["RECORD-DUP"], "Yes. Plain English was half the work; plain Spanish comes next. We begin with the ten letters that most people get.", None),
    52: ("UNDER_REVIEW", "inform", [], None, None),
    53: ("PLANNED", "find", [], "Planned: every site gets a page that says how loud, how far and how steep it is. Fellside goes first.", None),
    54: ("DECLINED", "inform", [], "A real worry, and not one that we can solve from here: how officials prove who they are is decided nationally. We have passed it on.", "NOT_OURS"),
    55: ("ACCEPTED", "systems", [], "Yes. A designer will sit in on the next two security reviews, and we will tell you what came out.", None),
    56: ("WITHDRAWN", "systems", [], None, None),
    57: ("IN_PROGRESS", "systems", [], "We have started: the consent form is one page now, and it is read aloud to whoever wants that. Ward 7 is trying it.", None),
    58: ("PLANNED", "systems", [], "Planned: IT will make last year's reports searchable first, and will ask you which question to try.", None),
    59: ("DEFERRED", "around", [], "The next building plan starts in the new year. We have put your points on its first page and look at it again then.", "WAITS_FOR_OTHER_WORK"),
    60: ("NEEDS_INFO", "systems", [], "Which of the building blocks would help you first? If you name two, IT can say what they would take.", None),
    61: ("UNDER_REVIEW", "systems", [], None, None),
    62: ("IMPLEMENTED", "inform", [], "Done: codes on our posters are made with our own tool now and lead straight to our pages. Old posters are swapped when they are reprinted.", None),
    63: ("SUBMITTED", "systems", [], None, None),
    64: ("DECLINED", "inform", [], "Thank you for raising it openly. It is for parliament to decide, not for us. We have kept your text with the papers of the board.", "NOT_OURS"),
}

# ---------------------------------------------------------------- what became of the observations

# Comments that show a cause: cause, touchpoint, which ones. (The trust's name is left out of NEAS numbers.)
EVIDENCE = [
    ("RECORD-FORM", "book", ["PTS 594 - Q1", "PTS 1405 - Q1"]),
    ("REACH-QUEUE", "call", ["PTS 615 - Q1", "PTS 1683 - Q1", "111 1832 - Q1", "111 1117 - Q1", "111 1509 - Q1", "111 1204 - Q3",
                             "PTS 1918 - Q1", "111 2089 - Q1", "111 1168 - Q2"]),
    ("REACH-LINES", "call", ["PTS 888 - Q1", "111 2173 - Q1", "PTS 1506 - Q1", "111 1869 - Q1"]),
    ("WAIT-HOME", "ridehome", ["PTS 603 - Q1", "PTS 1909 - Q1", "PTS 1432 - Q1", "PTS 595 - Q1", "PTS 564 - Q2", "PTS 1945 - Q1"]),
    ("WAIT-HANDOVER", "arrive", ["S&C 5905 - Q2", "S&C 6168 - Q2", "PTS 561 - Q1", "S&C 6058 - Q1"]),
    ("RECORD-NOTES", "seen", ["PTS 935 - Q1", "S&C 2565 - Q2", "111 1712 - Q1"]),
    ("WAIT-BATCH", "ready", ["PTS 856 - Q1", "PTS 1291 - Q1", "PTS 540 - Q2", "PTS 1644 - Q1"]),
    ("REACH-SCRIPT", "call", ["111 2671 - Q2", "S&C 5770 - Q1", "PTS 1687 - Q1", "111 2631 - Q2"]),
    ("WAIT-UPDATE", "ready", ["PTS 1620 - Q1", "S&C 2819 - Q2", "PTS 1912 - Q1", "S&C 4247 - Q2"]),
    ("CARE", "seen", ["NHFT 164 - Q1", "111 2037 - Q1", "S&C 4417 - Q2", "PTS 1747 - Q1"]),
]
# Comments without a cause: phase reached, (touchpoint, which one). Thank-yous are added below.
LOOSE = [
    ("SUBMITTED", [("around", "NHFT 1533 - Q1"), ("ride", "PTS 876 - Q1"), ("ride", "PTS 1692 - Q1"), ("arrive", "111 2763 - Q1"),
                   ("leave", "NHFT 895 - Q1"), ("book", "NHFT 1748 - Q1"), ("ride", "PTS 1783 - Q1"), ("after", "NHFT 810 - Q1"),
                   ("seen", "111 2569 - Q1"), ("ready", "S&C 5659 - Q2"), ("ride", "S&C 2743 - Q2"), ("call", "111 2392 - Q3")]),
    ("UNDER_REVIEW", [("ride", "PTS 1882 - Q1"), ("call", "NHFT 70 - Q1"), ("call", "111 1656 - Q1"), ("ride", "S&C 3364 - Q2"),
                      ("book", "NHFT 896 - Q1"), ("ride", "PTS 1530 - Q1"), ("ready", "S&C 3729 - Q2"), ("call", "111 1487 - Q1")]),
    ("NEEDS_INFO", [("find", "NHFT 971 - Q1"), ("ready", "PTS 717 - Q2"), ("arrive", "PTS 1518 - Q2")]),
    ("DEFERRED", [("after", "S&C 4519 - Q2"), ("around", "NHFT 156 - Q1")]),
    ("DECLINED", [("call", "111 2756 - Q2"), ("book", "PTS 1468 - Q1"), ("wait", "NHFT 431 - Q1")]),
    ("MERGED", [("call", "111 1912 - Q3"), ("ready", "PTS 1572 - Q1")]),
    ("WITHDRAWN", [("seen", "NHFT 1493 - Q1")]),
]
TWINS = {"111 1912 - Q3": "111 2671 - Q2", "PTS 1572 - Q1": "PTS 540 - Q2"}
# What the people of the guided tour sent, so that each of them finds something to follow.
SENT_BY = {"NEAS PTS 594 - Q1": "nurse", "NHFT 1533 - Q1": "nurse", "NHFT 971 - Q1": "nurse", "NEAS 111 2569 - Q1": "colleague"}
THANKS = {"SUBMITTED": 3, "DECLINED": 3}

CAUSE_WORDS = {
    "RECORD-FORM": ("We know why: the booking form had no place to say it. It has one now, and drivers see it before they set off. Thank you for writing it down.",
                    "Ya sabemos por qué: el formulario no tenía dónde decirlo. Ahora sí, y quien conduce lo ve antes de salir. Gracias por contarlo."),
    "REACH-QUEUE": ("We know why: the telephone system could not say how long the queue is. Since this month it says your place and offers to call back.",
                    "Ya sabemos por qué: el teléfono no podía decir cuánta gente esperaba. Desde este mes dice su turno y ofrece devolver la llamada."),
    "REACH-LINES": ("We know why: too few of us answer when most people call. Two more people start at eight from next month.",
                    "Ya sabemos por qué: contestamos pocos cuando más se llama. Desde el mes que viene empiezan dos personas más a las ocho."),
    "WAIT-HOME": ("We know why: the ride home is ordered only when somebody is ready to leave. Kingsmere now says in the morning who will go home, and we watch what that changes.",
                  "Ya sabemos por qué: el regreso se pide cuando la persona ya está lista. En Kingsmere ahora se avisa por la mañana."),
    "WAIT-HANDOVER": ("We know why: the bays at the door are used as a waiting room. Two bays at Saltmarsh are kept free for handover, day and night.",
                      "Ya sabemos por qué: los puestos de la puerta sirven de sala de espera. En Saltmarsh dos quedan libres día y noche."),
    "RECORD-NOTES": ("We know why: what people tell us is lost when a booking is closed. IT is building a place where it stays.",
                     "Ya sabemos por qué: lo que nos cuentan se pierde al cerrar la reserva. Informática está creando un lugar donde quede."),
    "WAIT-BATCH": ("We know why: shared rides are put together by area, not by the time of the appointment. We have shown the figures to those who set the rule.",
                   "Ya sabemos por qué: los traslados se juntan por zona y no por hora de la cita."),
    "REACH-SCRIPT": ("We know why: every caller gets every question, whatever they call about. The clinical lead is reading the script with three call handlers.",
                     "Ya sabemos por qué: a todo el mundo se le hacen todas las preguntas."),
    "WAIT-UPDATE": ("We think we know why: nobody has the job of telling people that a plan has changed. We are finding out if that is all of it.",
                    "Creemos saber por qué: nadie tiene el encargo de avisar cuando cambia el plan."),
    "CARE": ("Thank you for telling us. It is not the first time, so we look at it as something about how we work and not about one person.",
             "Gracias por contarlo. No es la primera vez, así que lo miramos como algo de cómo trabajamos y no de una persona."),
}
NEXT_WORDS = {
    "IN_PROGRESS": ("We have started to change this. You will hear when it is done.", "Ya empezamos a cambiarlo. Le avisaremos cuando esté."),
    "IMPLEMENTED": ("Done. What you saw should not happen any more. If it does, tell us that it is not fixed.",
                    "Listo. Lo que usted vio no debería volver a pasar. Si pasa, díganos que no está arreglado."),
}

# In the order of LOOSE; the thank-yous come first.
LOOSE_WORDS = {
    "NEEDS_INFO": ["Thank you. Do you remember which entrance this was at, and about what time?",
                   "Can you tell us whether this was a booked ride or one that came at short notice?",
                   "Was this on a weekday? The weekend is covered by another team, and we would like to ask the right one."],
    "DEFERRED": [("NEEDS_A_TRIAL", "We want to try this at one site before we promise it everywhere. We look at it again after the trial."),
                 ("NO_MONEY_THIS_YEAR", "You are right, and it needs money that we do not have this year. We look at it again with the next plan.")],
    "DECLINED": [("THANKS_PASSED_ON", "What a kind thing to hear. We have read it to the crew at the start of their shift."),
                 ("THANKS_PASSED_ON", "Thank you for passing this on. The team has it on the wall of the break room now."),
                 ("THANKS_PASSED_ON", "The people it is about have read it, and were glad. There is nothing to change here, so we close it with thanks."),
                 ("ONE_OFF", "We looked into it. The list of pharmacies was wrong for one day, it is right again, and we have said sorry to the patient."),
                 ("NOT_OURS", "Which visits come with a ride is decided by the hospital that books them. We have given this to them, with your words."),
                 ("ALREADY_DONE", "Good news: the trolley has been back since last week, mornings and afternoons. If it does not stop at your door, please ask for a second look.")],
    "MERGED": ["A colleague saw the same thing. We have joined the two, and you will hear all that becomes of it."] * 2,
}
LEADS = {
    "call": ["A caller told me this before we came to the reason for the call:", "Somebody who had tried several times said to me:"],
    "book": ["The family said this when they booked with me:"],
    "ready": ["A patient told me this while we were waiting for the ride:", "I heard this at the collection point:"],
    "ride": ["A passenger said this on the way:"],
    "ridehome": ["A patient in the discharge lounge told me:", "I heard this from somebody who was still waiting when my shift ended:"],
    "arrive": ["A relative said this to me at the door:", "I wrote this down after a handover:"],
    "wait": ["Somebody in the waiting room told me:"],
    "seen": ["A patient told me this after the visit:", "The daughter of a patient asked me to pass this on:"],
    "around": ["I was told this at the bedside:"],
    "leave": ["A patient said this on the day they went home:"],
    "after": ["I heard this on a home visit:"],
    "find": ["Somebody who arrived late and upset told me:"],
}
SPANISH_LEAD = "Una persona me lo contó así:"

OWN_SPANISH = [
    ("IDEA", "ACCEPTED", "Carteles también en español", "En la entrada de Saltmarsh los carteles están solo en inglés. Cada mañana acompaño a alguien hasta Consultas porque no lo encuentra. Con cuatro carteles en español bastaría.", "find", [],
     "Sí, queremos hacerlo. Mantenimiento pondrá los cuatro carteles y le preguntará a usted por el texto."),
    ("IDEA", "PLANNED", "Avisar por la mañana quién se va a casa", "Si en la reunión de las ocho decimos quién se va hoy, el transporte puede salir a mediodía y nadie cena en la sala de espera.", "leave", ["WAIT-HOME"],
     "Está planificado: empezamos en su sala y en la de al lado. Gracias por la idea."),
    ("OBSERVATION", "SUBMITTED", None, "La impresora de recepción se queda sin papel todos los lunes y las recetas salen a mano.", "leave", [], None),
    ("OBSERVATION", "IN_PROGRESS", None, "Un señor mayor esperó tres horas el traslado a casa. Ya tenía el alta desde las once, pero nadie lo había pedido.", "ridehome", ["WAIT-HOME"], None),
]

IDEA_COMMENTS = [
    "We tried something like this on our shift for a week. It worked better than I thought.",
    "Yes please. I lose about an hour a week to this.",
    "Could it start with one team first? I would volunteer mine.",
    "My worry is the night shift: who would look after it then?",
    "A friend at another site has had this for a year. I can ask her how it went.",
    "I would have used this twice today.",
    "Please do not make it another form.",
    "It would help the people at the front desk most.",
    "I like it. The hard part will be to keep it up to date.",
    "Has anybody asked the patients?",
    "We have the old version of this in a drawer. Happy to share it.",
    "Small thing, big difference. Thank you for writing it up.",
]
OBSERVATION_COMMENTS = [
    "Thank you for writing this down in the patient's own words. It helps more than a number.",
    "I have asked the team lead what happened that day and will tell you.",
    "The same came up in Monday's huddle.",
    "Is it better since last week? We changed the rota.",
]
INTERNAL_COMMENTS = [
    "Third one from this site this month. Let us look at them together.",
    "Spoke to Facilities: they can do it if we pay for the signs.",
    "Careful with the answer, the family has also written to the board.",
    "Looks like the same cause as the others; I would like to see the times before I link it.",
]


# ---------------------------------------------------------------- lives

WAYS = {
    "SUBMITTED": [], "UNDER_REVIEW": [("UNDER_REVIEW", "R")],
    "NEEDS_INFO": [("UNDER_REVIEW", "R"), ("NEEDS_INFO", "R")], "DEFERRED": [("UNDER_REVIEW", "R"), ("DEFERRED", "R")],
    "DECLINED": [("UNDER_REVIEW", "R"), ("DECLINED", "R")], "MERGED": [("UNDER_REVIEW", "R"), ("MERGED", "R")],
    "WITHDRAWN": [("WITHDRAWN", "A")],
}
IDEA_WAY = [("UNDER_REVIEW", "R"), ("ACCEPTED", "R"), ("PLANNED", "R"), ("IN_PROGRESS", "M"), ("IMPLEMENTED", "M"), ("SUSTAINED", "S")]
OBSERVATION_WAY = [("ACCEPTED", "R"), ("IN_PROGRESS", "C"), ("IMPLEMENTED", "C"), ("SUSTAINED", "S")]
# phase reached: (youngest, oldest) in days
AGES = {"SUBMITTED": (0, 6), "UNDER_REVIEW": (3, 13), "NEEDS_INFO": (6, 14), "DEFERRED": (20, 60), "DECLINED": (12, 120), "MERGED": (10, 40),
        "WITHDRAWN": (15, 50), "ACCEPTED": (14, 60), "PLANNED": (30, 90), "IN_PROGRESS": (45, 120), "IMPLEMENTED": (70, 150), "SUSTAINED": (140, 180)}
SEVERITIES = {"1": None, "2": "LOW", "3": "LOW", "4": "MEDIUM", "5": "HIGH"}
CHANNELS = ["WEB", "WEB", "SHARED_DEVICE", "HUDDLE", "SHARED_DEVICE", "SPOKEN", "WEB", "PAPER"]


def way_to(kind, phase):
    if phase in WAYS:
        return WAYS[phase]
    way = IDEA_WAY if kind == "IDEA" else OBSERVATION_WAY
    return way[:[to for to, _ in way].index(phase) + 1]


class Life:
    """Gives a submission its age and its path, and keeps to who may do what."""

    def __init__(self, staff, units):
        self.staff, self.parent = staff, {unit["code"]: unit["parent"] for unit in units}
        self.turn = {}

    def next(self, what):
        self.turn[what] = self.turn.get(what, -1) + 1
        return self.turn[what]

    def region_of(self, unit):
        while unit is not None and unit not in ("N", "M", "S"):
            unit = self.parent[unit]
        return unit

    def reviewer(self, unit, author):
        region = self.region_of(unit)
        among = self.staff.regional[region] if region else self.staff.central
        among = [code for code in among if code != author]
        return among[self.next(("reviewer", region)) % len(among)]

    def manager(self, unit, author):
        while unit not in self.staff.lead or self.staff.lead[unit] == author:
            unit = self.parent[unit]
        return self.staff.lead[unit]

    def age(self, phase):
        young, old = AGES[phase]
        turn = self.next(("age", phase))
        return young + (turn * 7 + turn * turn) % (old - young + 1)

    def path(self, item, phase, words):
        """words: what is said at a phase (text, reason)."""
        way = way_to(item["kind"], phase)
        last = {"NEEDS_INFO": 2 + item["age_days"] % 4, "UNDER_REVIEW": 1}.get(phase, 1 + item["age_days"] // 6)
        if phase == "SUSTAINED":
            last = 8
        reviewer = self.reviewer(item["unit"], item["author"])
        manager = self.manager(item["unit"], item["author"])
        steps = []
        for number, (to, letter) in enumerate(way, 1):
            share = number / len(way)
            days = round(item["age_days"] - (item["age_days"] - last) * share)
            if phase == "SUSTAINED" and to == "IMPLEMENTED":
                days = last + 62
            step = {"to": to, "as": letter, "days_ago": days}
            if letter in "RM":
                step["by"] = reviewer if letter == "R" else manager
            if letter == "A":
                step["by"] = item["author"]
            said = words.get(to)
            if said:
                step["message"] = said[0]
                if said[1]:
                    step["reason"] = said[1]
            if to == "DEFERRED":
                step["wake_in_days"] = 30 + 15 * (item["age_days"] % 7)
            steps.append(step)
        for earlier, later in zip(reversed(steps[:-1]), reversed(steps[1:])):
            earlier["days_ago"] = max(earlier["days_ago"], later["days_ago"] + 1)
        if steps:
            item["age_days"] = max(item["age_days"], steps[0]["days_ago"] + 1)
        if phase in ("ACCEPTED", "PLANNED") and item["kind"] == "IDEA":
            item["promised_in_days"] = 14 + item["age_days"] % 40
        if steps and phase in ("PLANNED", "IN_PROGRESS", "IMPLEMENTED", "SUSTAINED") and item["kind"] == "IDEA":
            item["owner"] = manager
        return steps


def generic(phase, language):
    english, spanish = NEXT_WORDS[phase]
    return (spanish if language == "es" else english, None)


def make_ideas(rows, staff, life, personas):
    teams = [unit for unit in staff.teams if "-" in unit]
    functions = [code for code, *_ in FUNCTIONS if code != "PX"]
    items = []
    for place, row in enumerate(rows):
        phase, touchpoint, causes, words, further = IDEAS[place]
        if phase in ("SUBMITTED", "UNDER_REVIEW") or place in (21, 47, 64):
            # What waits has to read like this organisation; answered ones say how they were understood here.
            continue
        # They speak of offices, so they come from offices and contact centres more than from wards.
        offices = [team for team in teams if team[:2] in ("NG", "CS")]
        unit = functions[place % len(functions)] if place % 2 == 0 else (offices if place % 3 else teams)[(place * 11) % (len(offices) if place % 3 else len(teams))]
        colleagues = staff.in_english(staff.teams[unit][1:])
        author = colleagues[place % len(colleagues)]
        if place in (24, 57):
            author = personas["nurse"]
        if place in (14, 0):
            author = personas["colleague"]
        unit = staff.of(author)["home_unit"]
        item = {"key": f"idea-{place + 1:02}", "source": {"set": "employee_ideas", "id": f"10x-{row['year']}-{place + 1:02}"},
                "kind": "IDEA", "author": author, "unit": unit, "language": "en",
                "title": " ".join(row["title"].split()), "text": cut(row["description"]), "customer_words": None,
                "touchpoint": touchpoint, "causes": causes, "severity": None, "channel": "SHARED_DEVICE" if staff.of(author)["email"] is None else "WEB",
                "age_days": life.age(phase)}
        said = {phase: (words, further if isinstance(further, str) else None)} if words else {}
        if phase in ("SUSTAINED",):
            said = {"IMPLEMENTED": said[phase]}
        elif phase == "IMPLEMENTED" or phase == "IN_PROGRESS":
            said["ACCEPTED"] = ("Yes, we want to do this. Thank you for taking the time to write it up.", None)
        item["path"] = life.path(item, phase, said)
        if isinstance(further, int):
            item["path"][-1]["into"] = f"idea-{further + 1:02}"
        items.append(item)
    return items


def full_number(short):
    return short if short.startswith("NHFT") else f"NEAS {short}"


def thanks(rows):
    """Comments that only say thank you, in file order, the longer ones."""
    fit = [row for row in unlike(row for row in rows if has_content(row)) if row["sentiment"] == "1" and 90 <= len(row["text"]) <= 400]
    fit = [row for row in fit if row["labels"].startswith("Staff manner")]
    return iter(spread(fit, service_of, sum(THANKS.values())))


def choose_comments(rows):
    """Gives (row, cause or None, phase, touchpoint) in a fixed order."""
    by_number = {row["comment_id"]: row for row in rows}
    status = {cause[0]: cause[3] for cause in CAUSES}
    chosen = []
    for cause, touchpoint, numbers in EVIDENCE:
        for place, number in enumerate(numbers):
            phase = {"BEING_ADDRESSED": "IN_PROGRESS", "RESOLVED": "SUSTAINED" if place % 4 == 3 else "IMPLEMENTED"}.get(status[cause], "ACCEPTED")
            chosen.append((by_number[full_number(number)], cause, phase, touchpoint))
    kind = thanks(rows)
    for phase, picked in LOOSE:
        chosen += [(next(kind), None, phase, "seen") for _ in range(THANKS.get(phase, 0))]
        chosen += [(by_number[full_number(number)], None, phase, touchpoint) for touchpoint, number in picked]
    return chosen


def unit_for(row, life):
    service = service_of(row)
    if "Transport" in service:
        among = ["PS-PT", "HV-PT", "BR-PT", "KM-OP"]
    elif "See" in service:
        among = ["PS-EC", "HV-EC", "BR-EC", "AB-ED", "SM-ED"]
    elif service == "111":
        among = ["NG-DC", "CS-DC", "NG-NC", "CS-NC", "NG-CA", "CS-CA"]
    else:
        among = ["FS-DN", "MB-TH", "OC-RC", "LS-IW", "KM-W7", "FS-TH", "MB-DN", "LS-HE"]
    return among[life.next(("unit", service)) % len(among)]


def make_observations(rows, staff, life, personas):
    items = []
    loose_words = {phase: list(words) for phase, words in LOOSE_WORDS.items()}
    for place, (row, cause, phase, touchpoint) in enumerate(choose_comments(rows)):
        unit = unit_for(row, life)
        team = staff.teams[unit]
        readers = staff.in_english(team[1:]) or staff.in_english(team)
        author = readers[place % len(readers)]
        persona = SENT_BY.get(row["comment_id"])
        if persona:
            author, unit = personas[persona], staff.of(personas[persona])["home_unit"]
        spanish = staff.of(author)["locale"] == "es"
        words = cut(row["text"])
        lead = SPANISH_LEAD if spanish else (LEADS[touchpoint][place % len(LEADS[touchpoint])] if place % 9 == 4 else None)
        item = {"key": f"obs-{place + 1:02}", "source": {"set": "patient_comments", "id": row["comment_id"]}, "kind": "OBSERVATION",
                "author": author, "unit": unit, "language": "es" if spanish else "en", "title": None, "text": lead or words,
                "customer_words": words if lead else None, "touchpoint": touchpoint, "causes": [cause] if cause else [],
                "severity": SEVERITIES[row["sentiment"]],
                "channel": "SPOKEN" if lead and place % 4 == 0 else CHANNELS[place % len(CHANNELS)], "age_days": life.age(phase)}
        said = {}
        if cause:
            said["ACCEPTED"] = (CAUSE_WORDS[cause][1 if spanish else 0], None)
            for later in ("IN_PROGRESS", "IMPLEMENTED"):
                said[later] = generic(later, item["language"])
        elif phase in loose_words:
            words_here = loose_words[phase].pop(0)
            said[phase] = (words_here, None) if isinstance(words_here, str) else (words_here[1], words_here[0])
        item["path"] = life.path(item, phase, said)
        items.append(item)
    join_twins(items)
    add_second_causes(items)
    return items


def join_twins(items):
    by_number = {item["source"]["id"]: item for item in items}
    for twin, goal in TWINS.items():
        by_number[full_number(twin)]["path"][-1]["into"] = by_number[full_number(goal)]["key"]


def add_second_causes(items):
    """A few show two causes; the wider one is at least as far, so the phase stays as it is."""
    for item in [item for item in items if item["causes"] == ["WAIT-UPDATE"]][:2]:
        item["causes"].append("WAIT-HOME")
    for item in [item for item in items if item["causes"] == ["REACH-SCRIPT"]][:2]:
        item["causes"].append("RECORD-NOTES")


def make_spanish(staff, life):
    readers = [person["staff_code"] for person in staff.people if person["locale"] == "es" and "-" in person["home_unit"]]
    items = []
    for place, (kind, phase, title, text, touchpoint, causes, words) in enumerate(OWN_SPANISH):
        author = readers[place * 3 % len(readers)]
        item = {"key": f"es-{place + 1:02}", "source": {"set": "own", "id": str(place + 1)}, "kind": kind, "author": author,
                "unit": staff.of(author)["home_unit"], "language": "es", "title": title, "text": text, "customer_words": None,
                "touchpoint": touchpoint, "causes": causes, "severity": "MEDIUM" if kind == "OBSERVATION" else None,
                "channel": "SHARED_DEVICE", "age_days": life.age(phase)}
        said = {phase: (words, None)} if words else {}
        if kind == "OBSERVATION" and causes:
            said = {"ACCEPTED": (CAUSE_WORDS[causes[0]][1], None), "IN_PROGRESS": generic("IN_PROGRESS", "es")}
        item["path"] = life.path(item, phase, said)
        items.append(item)
    return items


def add_talk(items, staff, life):
    reached = lambda item: item["path"][-1]["to"] if item["path"] else "SUBMITTED"
    for place, item in enumerate(items):
        item["votes"] = 0
        item["comments"] = []
        phase, idea = reached(item), item["kind"] == "IDEA"
        if idea and phase not in ("SUBMITTED", "WITHDRAWN"):
            item["votes"] = (place * place * 5 + place * 3) % 34 + (6 if phase in ("IMPLEMENTED", "SUSTAINED", "PLANNED") else 0)
        elif idea and phase == "SUBMITTED":
            item["votes"] = place % 3
        if phase in ("SUBMITTED", "WITHDRAWN") or item["language"] == "es":
            continue
        first = item["path"][0]["days_ago"]
        site = life.parent[item["unit"]] if "-" in item["unit"] else item["unit"]
        near = [code for unit, codes in staff.teams.items() if unit == site or life.parent.get(unit) == site for code in staff.in_english(codes)]
        near = [code for code in near if code != item["author"]]
        if idea:
            for number in range((place * 5) % 4 if near else 0):
                text = IDEA_COMMENTS[life.next("idea comment") % len(IDEA_COMMENTS)]
                by = near[(place + number * 3) % len(near)]
                item["comments"].append({"by": by, "text": text, "visibility": "PUBLIC", "days_ago": max(first - number, 0)})
        elif place % 3 == 0 and "by" in item["path"][0]:
            text = OBSERVATION_COMMENTS[life.next("observation comment") % len(OBSERVATION_COMMENTS)]
            item["comments"].append({"by": item["path"][0]["by"], "text": text, "visibility": "PUBLIC", "days_ago": first})
        if place % 12 == 5 and "by" in item["path"][0]:
            text = INTERNAL_COMMENTS[life.next("internal comment") % len(INTERNAL_COMMENTS)]
            item["comments"].append({"by": item["path"][0]["by"], "text": text, "visibility": "INTERNAL", "days_ago": first})


def hold_some(items):
    """Three decisions wait for the next announcement day: decided, not announced."""
    accepted = [item for item in items if item["path"] and item["path"][-1]["to"] == "ACCEPTED" and item["language"] == "en"]
    goals = {step["into"] for item in items for step in item["path"] if "into" in step}
    accepted = [item for item in accepted if item["key"] not in goals]
    for item in [item for item in accepted if item["kind"] == "IDEA"][:2] + [item for item in accepted if item["kind"] == "OBSERVATION"][:1]:
        item["path"][-1]["announce"] = "LATER"
        item["path"][-1]["days_ago"] = 0
        earlier = item["path"][:-1]
        for step in earlier:
            step["days_ago"] = max(step["days_ago"], 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ideas", required=True, type=pathlib.Path, help="ideas.csv of the employee ideas")
    parser.add_argument("--comments", required=True, type=pathlib.Path, help="comments.csv of the patient comments")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder for the three JSON files")
    parser.add_argument("--fixtures", type=pathlib.Path, help="folder for the test fixtures; not written without it")
    options = parser.parse_args()
    with open(options.ideas, newline="", encoding="utf-8") as file:
        ideas = list(csv.DictReader(file))
    with open(options.comments, newline="", encoding="utf-8") as file:
        comments = list(csv.DictReader(file))
    units = make_units()
    staff, special = make_staff(units)
    organisation = make_organisation(units, staff, special)
    life, personas = Life(staff, units), organisation["personas"]
    items = make_ideas(ideas, staff, life, personas) + make_observations(comments, staff, life, personas) + make_spanish(staff, life)
    add_talk(items, staff, life)
    hold_some(items)
    growing = grow.Growing(sys.modules[__name__], items, staff, life, personas)
    for item in items:
        if item["kind"] == "OBSERVATION" and item["causes"] and item["path"] and "announce" not in item["path"][-1]:
            growing.behind(item, keep_age=True)
    before = len(items)
    growing.ideas()
    growing.observations(comments)
    growing.sustain()
    growing.look_soon()
    growing.talk(items[before:])
    works = work.Work(growing, organisation).all()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, content in (("organisation.json", organisation), ("submissions.json", {"submissions": items}), ("work.json", works)):
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (options.out / name).write_text(text + "\n", encoding="utf-8")
    if options.fixtures:
        write_fixtures(ideas, comments, options.fixtures)


if __name__ == "__main__":
    main()
