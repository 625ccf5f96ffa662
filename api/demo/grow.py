"""Lets the demo grow to half a year: ideas of our own, more comments with their causes, longer ways, and the work.

grow(items, staff, life, comments, personas) appends submissions to `items`, gives everything that stands behind a cause the
dates of that cause, and returns what is done about it all (work.json). What looks like chance is a fixed stream.
"""

import csv
import re

import own

# Days ago on which a cause went on. All were named before the first submission, as SUSPECTED.
CAUSE_DATES = {
    "WAIT": {"CONFIRMED": 160}, "WAIT-HOME": {"CONFIRMED": 150, "BEING_ADDRESSED": 64}, "WAIT-BATCH": {"CONFIRMED": 120},
    "WAIT-HANDOVER": {"CONFIRMED": 110, "BEING_ADDRESSED": 38}, "WAIT-UPDATE": {}, "REACH": {"CONFIRMED": 165},
    "REACH-LINES": {"CONFIRMED": 130, "BEING_ADDRESSED": 52},
    "REACH-QUEUE": {"CONFIRMED": 160, "BEING_ADDRESSED": 125, "RESOLVED": 72}, "REACH-SCRIPT": {"CONFIRMED": 80},
    "RECORD": {"CONFIRMED": 150}, "RECORD-NOTES": {"CONFIRMED": 120, "BEING_ADDRESSED": 33},
    "RECORD-FORM": {"CONFIRMED": 155, "BEING_ADDRESSED": 130, "RESOLVED": 97}, "RECORD-DUP": {"CONFIRMED": 100}, "CARE": {},
}
RESOLUTIONS = {
    "REACH-QUEUE": {"en": "{name}, you told us in {reference} how long the telephone kept people waiting without a word. It says the place in the queue now, and offers to call back. If it still happens, tell us that it is not fixed.",
                    "es": "{name}, en {reference} nos contaste que el teléfono hacía esperar sin decir nada. Ahora dice el turno y ofrece devolver la llamada. Si vuelve a pasar, dinos que no está arreglado."},
    "RECORD-FORM": {"en": "{name}, what you wrote in {reference} is put right: the booking form has a place for an escort and for a wheelchair, and drivers see it before they set off.",
                    "es": "{name}, lo que escribiste en {reference} ya está resuelto: el formulario tiene un lugar para el acompañante y la silla de ruedas, y quien conduce lo ve antes de salir."},
}
LONG_WAYS = {
    "ANSWERED": [("UNDER_REVIEW", "R"), ("NEEDS_INFO", "R"), ("UNDER_REVIEW", "A"), ("ACCEPTED", "R")],
    "SECOND_LOOK": [("UNDER_REVIEW", "R"), ("DECLINED", "R"), ("UNDER_REVIEW", "A")],
    "SECOND_YES": [("UNDER_REVIEW", "R"), ("DECLINED", "R"), ("UNDER_REVIEW", "A"), ("ACCEPTED", "R")],
    "WOKEN": [("UNDER_REVIEW", "R"), ("DEFERRED", "R"), ("UNDER_REVIEW", "S")],
    "TIMED_OUT": [("UNDER_REVIEW", "R"), ("NEEDS_INFO", "R"), ("UNDER_REVIEW", "S")],
    "NOT_FIXED": [("UNDER_REVIEW", "R"), ("ACCEPTED", "R"), ("IN_PROGRESS", "M"), ("IMPLEMENTED", "M"), ("IN_PROGRESS", "A")],
    "FIXED": [("IMPLEMENTED", "M")], "FIXED_NOT": [("IMPLEMENTED", "M"), ("IN_PROGRESS", "A")],
}
LONG_AGES = {"ANSWERED": (30, 70), "SECOND_LOOK": (25, 40), "SECOND_YES": (60, 90), "WOKEN": (60, 90), "TIMED_OUT": (24, 30),
             "NOT_FIXED": (80, 110), "FIXED": (10, 110), "FIXED_NOT": (30, 60)}
YES = ["Yes, we want to do this. You hear from us when there is a date.", "Good idea, and small enough to begin with. Yes.",
       "Yes. We asked the team it is for and they would like it too.", "We like it, and so do the people who would have to do it. Yes."]
SPANISH_YES = "Sí, queremos hacerlo. Te avisamos cuando haya fecha."

# Real comments that show a cause: cause, part of the service's name, what is in the text, what is in the labels, how many.
EVIDENCE = [
    ("WAIT-BATCH", "PTS", r"early|ready|two hours|2 hours|other passengers", "Timel|Transp|Appoi", 6, "ready"),
    ("WAIT-HOME", "PTS", r"home|return|back|pick(ed)? (me )?up", "Timel|Transp|Organ", 26, "ridehome"),
    ("WAIT-UPDATE", "", r"(not|n't|nobody|no one|never) .{0,30}(told|inform|know|call|ring|rang|contact|updat)|keep .{0,20}inform|let (me|us) know|ring (me|us)|phone (me|us)", "Being kept|Timel|Information|commun", 11, "ready"),
    ("REACH-SCRIPT", "", r"question|script|irrelevant|check ?box", "", 15, "call"),
    ("REACH-QUEUE", "111", r"hold|queue|hang|hung|recorded|music", "Contacting|Timel", 11, "call"),
    ("REACH-LINES", "", r"answer|through|connect|engaged|phone|ring", "Contacting|responsiv", 30, "call"),
    ("RECORD-NOTES", "", r"record|notes|again|same|passed|notif|communication between|listen to what", "listening|records|continu|Organi|Information", 10, "seen"),
    ("CARE", "", r"rude|attitude|manner|listen|abrupt|patroni|spoke|respect|compassion", "Staff manner|listening", 14, "seen"),
    ("WAIT-HANDOVER", "See", r"hospital|corridor|outside|a ?& ?e|queue", "Timel|Admission", 8, "arrive"),
    ("WAIT", "", r"wait|hour|late|long|delay|slow|quick|time", "Timel", 34, "wait"),
]
# Comments without a cause: way, sentiment, labels, how many.
LOOSE = [
    ("DECLINED", "1", "Staff manner", 26), ("FIXED", "34", "Clean|Food|Environment|equip|Location|Information|Appoint|medic", 7),
    ("FIXED_NOT", "34", "Transp|Appoint|Information", 2), ("NEEDS_INFO", "34", "Appoint|Refer|Transp|Information", 7),
    ("UNDER_REVIEW", "345", "Diagnosis|Refer|Information|Compet|Interaction|Equality|Organ|Food|Appoint", 26),
    ("DEFERRED", "34", "Funding|Number|Location|Food", 4), ("ANSWERED", "34", "Appoint|Information|Refer|Transp", 3),
    ("SECOND_LOOK", "4", "Compet|Diagnosis|Appoint|Information", 2), ("WITHDRAWN", "34", "Diagnosis|Information|Transp|Timel", 2),
    ("SUBMITTED", "345", "Transp|Information|Timel|Impact|Diagnosis|Contacting|Staff manner|Food|Location", 26),
    ("SUBMITTED", "1", "Staff manner", 8),
]
PLACES = re.compile(r"Freeman|R\.?V\.?I|Wansbeck|Cramlington|Newcastle|Durham|Sunderland|battle hill|Chester|Hexham|Gateshead|NEAS|20(20|21|22)|"
                    r"stroke|heart attack|septic|breath|code red|canker|Doxford|Teesside|James Cook|Darlington|Hartlepool|Middlesb", re.I)
TOUCH = [("Food|Clean|Environment|Sensory", "around"), ("Appoint|Contacting", "book"), ("Transp", "ride"), ("medic|equip|Care plan", "after"),
         ("Location", "find"), ("Discharge|Refer|continuity", "leave"), ("Timel|Admission", "wait"), ("", "seen")]
ASKED_BACK = ["It was in the morning, at the side entrance. The person was alone.", "Both. On the way there and on the way back.",
              "I asked the family: they do not mind if you ring them."]
SAID_AGAIN = ["This happened three times last week, so it cannot be a single day.", "Please read it again. I did not mean the price, I meant that nobody told her.",
              "The answer is about the other entrance."]
NOT_FIXED = ["It was better for a week. Yesterday it was the same as before.", "The sign is up, but it hangs behind the open door."]
FIXED_WORDS = ["We have put this right ourselves: it took one screwdriver and ten minutes. Thank you.", "Changed on the same day. The team knows.",
               "We have moved it to where people look for it. Thank you for telling us.", "Done. The list hangs at the desk now, in large print.",
               "It was broken and it is mended.", "Right, and easily changed: the form is in the folder again.", "We asked the cleaners to come before the clinic, not during it. Done.",
               "The door is unlocked from seven on now.", "There are two of them now, so that one can break."]
CHECKS = [["Ask the night shift", "Write down what it is like now"], ["Tell reception", "Take a picture before", "Take a picture after"], ["Price", "Who looks after it later"]]


class Stream:
    """A fixed stream of numbers."""

    def __init__(self):
        self.state = 20261122

    def between(self, low, high):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return low + (self.state >> 33) % (high - low + 1)


class Growing:
    def __init__(self, make, items, staff, life, personas):
        self.make, self.items, self.staff, self.life, self.personas = make, items, staff, life, personas
        self.stream = Stream()
        self.used = {item["source"]["id"] for item in items}
        self.numbers = {}
        self.said = {}
        self.works = {"plans": [], "helpers": [], "trials": [], "outcomes": [], "adoptions": []}

    def key(self, sort):
        self.numbers[sort] = self.numbers.get(sort, 0) + 1
        return f"{sort}-{self.numbers[sort]:02}"

    def next_of(self, name, among):
        turn = self.said.get(name, -1) + 1
        self.said[name] = turn
        return among[turn % len(among)]

    # ------------------------------------------------------------ ways

    def walk(self, item, way, words, said=None, last=None):
        """Gives `item` a path along `way`, from its age down to `last` days ago."""
        steps = LONG_WAYS.get(way) or self.make.way_to(item["kind"], way)
        reviewer = self.life.reviewer(item["unit"], item["author"])
        manager = self.life.manager(item["unit"], item["author"])
        last = last if last is not None else max(1, item["age_days"] // 4)
        path = []
        for number, (to, letter) in enumerate(steps, 1):
            days = round(item["age_days"] - (item["age_days"] - last) * number / len(steps))
            step = {"to": to, "as": letter, "days_ago": days}
            if letter in "RM":
                step["by"] = reviewer if letter == "R" else manager
            if letter == "A":
                step["by"] = item["author"]
                if said:
                    step["said"] = said
            told = words.get(to)
            if told and letter in "RM":
                step.update({"message": told} if isinstance(told, str) else {"message": told[1], "reason": told[0]})
            path.append(step)
        for earlier, later in zip(reversed(path[:-1]), reversed(path[1:])):
            earlier["days_ago"] = max(earlier["days_ago"], later["days_ago"] + 1)
        self.by_the_clock(item, way, path)
        if path:
            item["age_days"] = max(item["age_days"], path[0]["days_ago"] + 1)
        item["path"] = path

    def soon(self):
        """Days until somebody looks at it: mostly one or two, now and then too many."""
        return [1, 1, 1, 1, 1, 1, 2, 2, 4, 6][self.stream.between(0, 9)]

    def look_soon(self):
        """The first look at everything comes soon, whatever takes long afterwards."""
        for item in self.items:
            path = item["path"]
            if path and path[0]["to"] == "UNDER_REVIEW" and path[0]["as"] == "R" and "announce" not in path[-1]:
                later = path[1]["days_ago"] + 1 if len(path) > 1 else 0
                path[0]["days_ago"] = max(later, item["age_days"] - self.soon())

    def by_the_clock(self, item, way, path):
        """What time itself does, on its day; and what has to lie close together."""
        def shift(until, days):
            for step in path[:until]:
                step["days_ago"] += days
        if way == "TIMED_OUT":
            shift(2, 11 - (path[1]["days_ago"] - path[2]["days_ago"]))
        if way == "WOKEN":
            path[1]["wake_in_days"] = -path[2]["days_ago"]
        if way == "DEFERRED":
            path[-1]["wake_in_days"] = 20 + self.stream.between(0, 70)
        if way == "SUSTAINED":
            done = path[-2]["days_ago"]
            shift(len(path) - 1, max(0, path[-1]["days_ago"] + 63 - done))
        if way == "SECOND_YES":
            path[-1]["by"] = [code for code in self.staff.central if code != item["author"]][0]

    def aged(self, way, low=None, high=None):
        young, old = LONG_AGES.get(way) or self.make.AGES[way]
        return self.stream.between(low or young, high or old)

    # ------------------------------------------------------------ ideas

    def ideas(self):
        for unit, way, touchpoint, causes, title, text, words, said in sorted(own.IDEAS, key=lambda idea: idea[1] == "MERGED"):
            among = self.staff.in_english(self.staff.teams[unit][1:]) or self.staff.in_english(self.staff.teams[unit])
            author = self.next_of(("author", unit), among)
            if title.startswith("Say in the eight"):
                author = self.personas["nurse"]
            if title.startswith("Put the spare"):
                author = self.personas["colleague"]
            self.idea((author, unit, "en"), (way, touchpoint, causes), (title, text, words, said))
        readers = [person["staff_code"] for person in self.staff.people if person["locale"] == "es" and "-" in person["home_unit"]]
        for way, touchpoint, causes, title, text, words in own.SPANISH:
            author = self.next_of("reader", readers)
            self.idea((author, self.staff.of(author)["home_unit"], "es"), (way, touchpoint, causes), (title, text, words, None))
        for way, touchpoint, causes, text, words in own.SPANISH_SEEN:
            author = self.next_of("reader", readers)
            item = self.blank("seen-es", "OBSERVATION", (author, self.staff.of(author)["home_unit"], "es"), touchpoint, causes)
            item.update({"text": text, "severity": "MEDIUM", "age_days": self.aged(way)})
            self.walk(item, way, {to: told for to, told in words.items()})
            self.items.append(item)

    def blank(self, sort, kind, whose, touchpoint, causes):
        author, unit, language = whose
        key = self.key(sort)
        mail = self.staff.of(author)["email"]
        return {"key": key, "source": {"set": "own", "id": key}, "kind": kind, "author": author, "unit": unit, "language": language,
                "title": None, "text": None, "customer_words": None, "touchpoint": touchpoint, "causes": causes, "severity": None,
                "channel": self.next_of(("channel", mail is None), ["WEB", "WEB", "HUDDLE"] if mail else ["SHARED_DEVICE", "SHARED_DEVICE", "HUDDLE", "SPOKEN"]),
                "age_days": 0, "path": [], "votes": 0, "comments": []}

    def idea(self, whose, going, what):
        (way, touchpoint, causes), (title, text, words, said) = going, what
        item = self.blank("own", "IDEA", whose, touchpoint, causes)
        into = said if way == "MERGED" else None
        item.update({"title": title, "text": text, "age_days": self.aged(way)})
        words = dict(words)
        if way in ("PLANNED", "IN_PROGRESS", "IMPLEMENTED", "SUSTAINED", "NOT_FIXED"):
            words.setdefault("ACCEPTED", SPANISH_YES if whose[2] == "es" else self.next_of("yes", YES))
        last = {"IMPLEMENTED": self.next_of("done", [95, 70, 20, 93, 33, 94, 64, 5, 45]), "IN_PROGRESS": self.stream.between(6, 40),
                "NEEDS_INFO": self.stream.between(1, 8), "UNDER_REVIEW": self.stream.between(1, 4), "PLANNED": self.stream.between(4, 25),
                "SECOND_LOOK": 3, "NOT_FIXED": 9, "TIMED_OUT": 2, "SUSTAINED": self.stream.between(6, 40)}.get(way)
        if way == "IMPLEMENTED":
            item["age_days"] = last + self.stream.between(25, 70)
        self.walk(item, way, words, None if into else said, last)
        if into:
            goal = next(other for other in self.items if other["title"] == into)
            item["path"][-1]["into"] = goal["key"]
            goal["age_days"] = max(goal["age_days"], item["age_days"])
        reached = item["path"][-1]["to"] if item["path"] else "SUBMITTED"
        managers = [step["by"] for step in item["path"] if step["as"] == "M"]
        if reached in ("ACCEPTED", "PLANNED", "IN_PROGRESS", "IMPLEMENTED", "SUSTAINED"):
            item["owner"] = managers[0] if managers else self.life.manager(item["unit"], item["author"])
        if reached in ("ACCEPTED", "PLANNED", "IN_PROGRESS") and way != "NOT_FIXED":
            item["promised_in_days"] = self.next_of("promise", [12, 30, -2, 21, 45, 9, 60, -1])
            if -item["promised_in_days"] >= item["path"][-1]["days_ago"]:
                item["promised_in_days"] = 5
        self.items.append(item)

    # ------------------------------------------------------------ observations

    def choose(self, rows, count, fits):
        chosen = [row for row in rows if row["comment_id"] not in self.used and fits(row)][:count]
        self.used |= {row["comment_id"] for row in chosen}
        return chosen

    def observations(self, comments):
        make = self.make
        fit = [row for row in make.unlike(comments) if make.has_content(row) and len(row["text"]) <= 420 and not PLACES.search(row["text"])]
        for cause, service, inside, labels, count, touchpoint in EVIDENCE:
            found = self.choose(fit, count, lambda row: row["sentiment"] in "345" and service in row["service"] and re.search(inside, row["text"], re.I)
                                and re.search(labels, row["labels"]))
            for row in found:
                item = self.observed(row, touchpoint, [cause])
                self.behind(item)
        for way, sentiment, labels, count in LOOSE:
            for row in self.choose(fit, count, lambda row: row["sentiment"] in sentiment and re.search(labels, row["labels"])):
                touchpoint = next(point for pattern, point in TOUCH if re.search(pattern, row["labels"]))
                item = self.observed(row, touchpoint, [])
                self.loose(item, way)
        self.twins()

    def observed(self, row, touchpoint, causes):
        make = self.make
        unit = make.unit_for(row, self.life)
        team = self.staff.teams[unit]
        author = self.next_of(("seen by", unit), self.staff.in_english(team[1:]) or self.staff.in_english(team))
        spanish = self.staff.of(author)["locale"] == "es"
        words = make.cut(row["text"])
        leads = make.LEADS[touchpoint] + own.LEADS.get(touchpoint, [])
        lead = make.SPANISH_LEAD if spanish else (self.next_of(("lead", touchpoint), leads) if self.stream.between(0, 11) == 0 else None)
        item = self.blank("seen", "OBSERVATION", (author, unit, "es" if spanish else "en"), touchpoint, causes)
        item.update({"source": {"set": "patient_comments", "id": row["comment_id"]}, "text": lead or words, "customer_words": words if lead else None,
                     "severity": make.SEVERITIES[row["sentiment"]]})
        if not lead and self.stream.between(0, 5) == 0:
            item["channel"] = "PAPER"
        self.items.append(item)
        return item

    def behind(self, item, keep_age=False):
        """The path of an observation that shows a cause, by the dates of that cause."""
        cause = item["causes"][0]
        dates = CAUSE_DATES[cause]
        begun, over = dates.get("BEING_ADDRESSED"), dates.get("RESOLVED")
        lowest = (over or 0) + 6
        if not keep_age or item["age_days"] < lowest:
            # More of them lately, as people learn that it helps.
            item["age_days"] = lowest + (self.stream.between(0, 177 - lowest) if self.stream.between(0, 2) else self.stream.between(0, (177 - lowest) // 3))
        linked = max((over or 0) + 2, item["age_days"] - self.soon())
        linked = min(linked, item["age_days"] - 1)
        spanish = item["language"] == "es"
        words = self.make.CAUSE_WORDS.get(cause, own.CAUSE_WORDS.get(cause))
        if spanish:
            message = self.make.CAUSE_WORDS[cause][1] if cause in self.make.CAUSE_WORDS else "Tienes razón: dijimos una hora y fue otra. Miramos dónde se pierde el tiempo."
        else:
            message = self.next_of(("words", cause), own.CAUSE_WORDS.get(cause, []) + ([words[0]] if cause in self.make.CAUSE_WORDS else []))
        reviewer = self.life.reviewer(item["unit"], item["author"])
        early = begun is None or linked > begun
        path = [{"to": "ACCEPTED" if early else "IN_PROGRESS", "as": "R", "days_ago": linked, "by": reviewer, "message": message}]
        if begun is not None and early and len(item["causes"]) == 1:
            path.append({"to": "IN_PROGRESS", "as": "C", "days_ago": begun})
        if over is not None:
            path.append({"to": "IMPLEMENTED", "as": "C", "days_ago": over, "by": self.staff.central[0], "resolves": cause})
        item["path"] = path

    def sustain(self):
        """Behind what was resolved longest ago: most have said that it still works."""
        behind = [item for item in self.items if item["path"] and item["path"][-1].get("resolves") == "RECORD-FORM"]
        for place, item in enumerate(behind):
            if place % 3 != 2:
                item["path"].append({"to": "SUSTAINED", "as": "S", "days_ago": 35 - place % 12})

    def loose(self, item, way):
        spanish = item["language"] == "es"
        item["age_days"] = self.aged(way) if way not in ("UNDER_REVIEW", "SUBMITTED") else self.stream.between(*{"UNDER_REVIEW": (2, 24), "SUBMITTED": (0, 7)}[way])
        words, said, last = {}, None, None
        if way == "DECLINED":
            words = {"DECLINED": ("THANKS_PASSED_ON", self.make.LOOSE_WORDS["DECLINED"][0][1] if False else self.next_of("thanks", own.THANKS_WORDS))}
        elif way in ("FIXED", "FIXED_NOT"):
            words, said, last = {"IMPLEMENTED": self.next_of("fixed", FIXED_WORDS)}, self.next_of("not fixed", NOT_FIXED), 4 if way == "FIXED_NOT" else None
            if way == "FIXED":
                last = max(2, item["age_days"] - self.stream.between(1, 4))
        elif way in ("NEEDS_INFO", "ANSWERED"):
            words = {"NEEDS_INFO": self.next_of("question", own.QUESTIONS), "ACCEPTED": "Thank you for asking them. We know enough now, and take it up with the team."}
            said, last = self.next_of("answer", ASKED_BACK), self.stream.between(1, 8)
        elif way == "SECOND_LOOK":
            words = {"DECLINED": ("ONE_OFF", self.next_of("one off", own.ONE_OFF_WORDS))}
            said, last = self.next_of("again", SAID_AGAIN), self.stream.between(1, 5)
        elif way == "DEFERRED":
            words = {"DEFERRED": self.make.LOOSE_WORDS["DEFERRED"][self.stream.between(0, 1)]}
        elif way == "UNDER_REVIEW":
            last = max(0, item["age_days"] - self.stream.between(1, 5))
        if spanish:
            words = {to: in_spanish(to, told) for to, told in words.items()}
            said = said and "Sí, fue por la mañana. Lo vimos las dos."
        self.walk(item, way if way != "ANSWERED" else "ANSWERED_SEEN", words, said, last)

    def twins(self):
        """A few that say what another one says already are joined with it."""
        for cause in ("REACH-LINES", "REACH-SCRIPT", "WAIT-HOME", "WAIT"):
            behind = [item for item in self.items if item["causes"] == [cause] and item["kind"] == "OBSERVATION" and item["language"] == "en" and item["path"]]
            behind = [item for item in behind if item["path"][-1]["to"] in ("ACCEPTED", "IN_PROGRESS")]
            goal = max(behind, key=lambda item: item["age_days"])
            joined = [item for item in behind if item is not goal and item["age_days"] < goal["age_days"] - 12 and item["author"] != goal["author"]][:2]
            for item in joined:
                reviewer = self.life.reviewer(item["unit"], item["author"])
                item["causes"] = []
                item["path"] = [{"to": "MERGED", "as": "R", "days_ago": max(1, item["age_days"] - 3), "by": reviewer, "into": goal["key"],
                                 "message": self.next_of("joined", JOINED)}]
                item["age_days"] = max(item["age_days"], 4)

    # ------------------------------------------------------------ talk

    def talk(self, grown):
        for place, item in enumerate(grown):
            reached = item["path"][-1]["to"] if item["path"] else "SUBMITTED"
            open_to_all = bool(item["path"]) and reached != "WITHDRAWN"
            if item["kind"] == "IDEA":
                low, high = (0, 3) if not open_to_all else (4, 22)
                if reached in ("PLANNED", "IN_PROGRESS", "IMPLEMENTED", "SUSTAINED"):
                    low, high = 12, 46
                item["votes"] = self.stream.between(low, high) if reached != "WITHDRAWN" else 0
            if not open_to_all:
                continue
            first = item["path"][0]
            if item["kind"] == "IDEA":
                self.say_about_idea(item, first)
            elif first["as"] == "R" and place % 6 == 0 and item["language"] == "en":
                self.say(item, first["by"], self.next_of("seen", own.OBSERVATION_COMMENTS), "PUBLIC", first["days_ago"])
            if first["as"] == "R" and place % 11 == 3:
                self.say(item, first["by"], self.next_of("inside", own.INTERNAL_COMMENTS), "INTERNAL", first["days_ago"])

    def say_about_idea(self, item, first):
        spanish = item["language"] == "es"
        wanted = "es" if spanish else "en"
        site = self.life.parent[item["unit"]]
        near = [code for unit, codes in self.staff.teams.items() if self.life.parent.get(unit) == site for code in codes]
        far = [person["staff_code"] for person in self.staff.people]
        among = [code for code in (far if spanish else near) if code != item["author"] and self.staff.of(code)["locale"] == wanted]
        for number in range(self.stream.between(0, 2 if spanish else 5)):
            text = self.next_of(("about", wanted), own.SPANISH_COMMENTS if spanish else own.IDEA_COMMENTS)
            by = among[self.stream.between(0, len(among) - 1)]
            self.say(item, by, text, "PUBLIC", max(first["days_ago"] - number, 0))

    def say(self, item, by, text, visibility, days_ago):
        item["comments"].append({"by": by, "text": text, "visibility": visibility, "days_ago": days_ago})


def in_spanish(to, told):
    plain = {"NEEDS_INFO": "Gracias. ¿Fue por la mañana o por la tarde?", "ACCEPTED": "Gracias por preguntar. Ya sabemos bastante y lo llevamos al equipo.",
             "IMPLEMENTED": "Ya está cambiado. Gracias por avisar.", "DECLINED": "Gracias. Se lo hemos leído al equipo al empezar el turno.",
             "DEFERRED": "Queremos probarlo primero en un centro. Lo miramos de nuevo después."}[to]
    return plain if isinstance(told, str) else (told[0], plain)


JOINED = ["You are not the only one who saw this. We have joined yours with an earlier one, and you hear all that becomes of it.",
          "The same thing was told us by a colleague. The two are one now; nothing you wrote is lost.",
          "Joined with an earlier one about the same thing. It counts twice now, and you are told what comes of it."]
LONG_WAYS["ANSWERED_SEEN"] = LONG_WAYS["ANSWERED"][:3]
