# Words that staff read everywhere: in the app, in mails, in answers of the API.
# Plain words for ages 9 to 11. The keys are the same in every language.

phase-submitted = Received
phase-under-review = Being looked at
phase-needs-info = We have a question
phase-deferred = Not now
phase-accepted = Yes, we want to do this
phase-accepted-observation = We know why it happens
phase-planned = Planned
phase-in-progress = Being worked on
phase-implemented = Done
phase-sustained = Still working
phase-declined = Not going ahead
phase-merged = Joined with another
phase-withdrawn = Taken back

month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
day = { $day } { $month } { $year }
