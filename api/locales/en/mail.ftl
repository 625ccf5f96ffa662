# Mails to staff. Plain words for ages 9 to 11, warm, short. The keys are the same in every language.

hello = Hello { $name },
hello-nobody = Hello,
link-below = If the button does not work, copy this address into your browser:
somebody = Somebody
you-wrote = You wrote:
wrote = { $who } wrote:
we-wrote = What we want to tell you:

steps-now = Step { $now } of { $all }: { $word }
steps-next = Next: { $word }

footer-preferences = Choose what we send you
footer-stop-own = Stop mails about what you sent
footer-stop-followed = Stop mails about what you follow
footer-stop-comments = Stop mails about comments
footer-stop-work = Stop mails about your work here
footer-stop-announcements = Stop mails with news
footer-stop-digest = Stop mails that come once a day or week
footer-stop-these = Stop mails about what this one tells

why-sign-in-code = You get this mail because somebody typed your address to sign in.
why-invite = You get this mail because { $program } has made a place for you.
why-author = You get this mail because you sent us { $reference }.
why-follower = You get this mail because you follow { $reference }.
why-item = You get this mail because this is yours to do.
why-offer = You get this mail because you lead or review a site that was offered this.
why-mentioned = You get this mail because somebody mentioned you in { $reference }.

sign-in-code-subject = Your code for { $program }
sign-in-code-preheader = Your code is { $code }. It works for { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
}.
sign-in-code-title = Your code
sign-in-code-lead = Type this code on the page where you sign in:
sign-in-code-limit = It works one time, for the next { $minutes ->
    [one] minute
   *[other] { $minutes } minutes
}.
sign-in-code-link = Or open this page and press the button there:
sign-in-code-button = Sign in
sign-in-code-device = Asked for on: { $device }
sign-in-code-warning = Was it not you? Then do nothing. Nobody can get in without this code. Do not tell it to anyone. We will never ask you for it.

invite-subject = Your place at { $program }
invite-preheader = Set up how you sign in. It takes a minute.
invite-title = Welcome!
invite-lead = { $who } has made a place for you at { $program }.
invite-lead-nobody = There is a place for you at { $program }.
invite-what = Here you can say what goes wrong in your work and what would help. A person reads it, and you always hear what happens next.
invite-button = Set up my sign-in
invite-limit = The button works one time, until { $until }.

received-for-you-subject = { $reference }: received in your name
received-for-you-preheader = A person will read it, and you will hear what happens.
received-for-you-title = We have something in your name
received-for-you-lead = { $sender } sent this to us in your name.
received-for-you-next = A person will read it and answer you. You do not have to do anything.
received-for-you-not-you = Not from you? Open it and take it back.
received-for-you-button = Open it

received-subject = { $reference }: thank you, we have it
received-preheader = A person will read it, and you will hear what happens.
received-title = Thank you. We have it.
received-next = A person will read it and answer you. You do not have to do anything.
received-button = See what happens

decision-subject = { $reference }: { $word }
decision-subject-titled = { $reference }: { $word } – { $title }
decision-about-author-idea = This is about your idea { $reference }.
decision-about-author-observation = This is about what you told us, { $reference }.
decision-about-follower = This is about { $reference }, which you follow.
decision-lead-submitted = It is with us again, and a person will look at it.
decision-lead-under-review = A person is looking at it now.
decision-lead-needs-info = We need to know a little more before we can go on.
decision-lead-deferred = We cannot do this now, but we have not forgotten it.
decision-lead-accepted = We like this and we want to do it.
decision-lead-accepted-observation = We found out why this happens. Now we can work on putting it right.
decision-lead-planned = We want to do this, and it has its place in our plan.
decision-lead-in-progress = People are working on it now.
decision-lead-implemented = It is done. Thank you for caring about it: things got better because somebody spoke up.
decision-lead-sustained = We asked again some weeks later, and it still works.
decision-lead-declined = We will not go further with this. We know that this is not what you hoped for, so here is why.
decision-lead-merged = Somebody else told us the same thing, so we put the two together. You will hear what happens, just as before.
decision-lead-withdrawn = It was taken back. Nothing more will happen with it.
decision-reason = Why: { $reason }
decision-joined = Joined with: { $reference }
decision-also = The same goes for: { $references }
decision-also-more = The same goes for: { $references } and { $count ->
    [one] one more
   *[other] { $count } more
}
decision-next = You hear from us again by { $date }.
decision-again = We look at it again on { $date }.
decision-not-fixed = Is it not right yet? Open it and tell us. You can do that for 90 days.
decision-second-look = Do you see it another way? Open it and ask for a second look. You can do that once.
decision-button = Open { $reference }

question-subject = { $reference }: we have a question
question-preheader = Your answer helps us to go on.
question-title = We have a question
question-lead = Thank you for “{ $title }” ({ $reference }). Before we go on, we would like to ask you something.
question-lead-untitled = Thank you for { $reference }. Before we go on, we would like to ask you something.
question-limit = If you cannot answer, that is all right. After 10 days we go on with what we know.
question-button = Answer

comment-subject = { $reference }: { $who } wrote to you
comment-subject-follower = { $reference }: { $who } wrote something
comment-subject-mention = { $reference }: { $who } mentioned you
comment-title = { $who } wrote something
comment-lead-titled = It is about “{ $title }” ({ $reference }).
comment-lead = It is about { $reference }.
comment-button = Read and answer

why-escalation = You get this mail because you review or manage the units where this was sent.
why-reminder = You get this mail because { $reference } is yours to see to.

escalation-subject = { $count ->
    [one] One thing waits too long
   *[other] { $count } things wait too long
}
escalation-preheader = Colleagues told us something and wait for an answer.
escalation-title = Somebody waits for an answer
escalation-lead = { $count ->
    [one] A colleague told us something, and the time we gave ourselves is over. Please look at it today.
   *[other] Colleagues told us { $count } things, and the time we gave ourselves is over. Please look at them today.
}
escalation-since = { $days ->
    [0] sent today
    [one] sent 1 day ago
   *[other] sent { $days } days ago
}
escalation-more = { $count ->
    [one] And one more.
   *[other] And { $count } more.
}

reminder-subject = { $reference }: the promised day has passed
reminder-preheader = The author waits to hear from you.
reminder-title = A promised day has passed
reminder-lead = We promised to be back on { $reference } by { $date }. That day has passed.
reminder-what = Tell the author where it stands, or promise another day.
reminder-button = Open { $reference }

action-reminder-subject = Due on { $date }: { $title }
action-reminder-subject-overdue = Was due on { $date }: { $title }
action-reminder-title = Something of yours is due soon
action-reminder-title-overdue = The day for this has passed
action-reminder-lead = This is yours to do by { $date }:
action-reminder-lead-overdue = This was yours to do by { $date }, and it is still open:
action-reminder-about = It is part of the work on { $reference }.
action-reminder-about-cause = It is part of the work on why this happens: { $name }
action-reminder-about-nothing = It is part of a plan.
action-reminder-what = Is it done? Then say so in the plan. Do you need more time, or somebody to help? Tell the person who leads the work.
action-reminder-button = Open it

still-fixed-subject = { $reference }: is it still fixed?
still-fixed-preheader = You told us about it, and you know best.
still-fixed-title = Is it still fixed?
still-fixed-lead = On { $date } we told you that { $reference } is done. Thank you again for telling us about it.
still-fixed-what = Some weeks have gone by. Does it still work? Open it and say yes or no.
still-fixed-button = Say yes or no
still-fixed-limit = If you say no, it goes back to work. If you do not answer, a person will take a look.

why-asked-again = You get this mail because you told us about these.
asked-again-subject = { $count ->
    [one] Is one thing still fixed?
   *[other] Are { $count } things still fixed?
}
asked-again-title = Is it still fixed?
asked-again-lead = { $count ->
    [one] Some weeks ago we told you that this is done. Thank you again for telling us about it. Does it still work? Open it and say yes or no.
   *[other] Some weeks ago we told you that these { $count } things are done. Thank you again for telling us about them. Do they still work? Open each one and say yes or no.
}
asked-again-since = Done on { $date }
asked-again-more = { $count ->
    [one] And one more.
   *[other] And { $count } more.
}
asked-again-limit = If you say no, it goes back to work. If you do not answer, a person will take a look.

adoption-offer-subject = For { $site }: { $title }
adoption-offer-title = Something that works elsewhere
adoption-offer-lead = At { $from } this works. It may help at { $site } too:
adoption-offer-message = What comes with it:
adoption-offer-what = Take it up, or decline it with a sentence why. Nobody has to do it because others do.
adoption-offer-button = Open { $reference }

why-announcement = You get this mail because it is for everybody who works where you do.
why-digest = You get this mail because these things can wait, and so they come together.

announcement-subject = { $title }
announcement-button = Open it

digest-subject = { $count ->
    [one] One thing is new
   *[other] { $count } things are new
}
digest-title = What is new
digest-lead = This is what happened since the last mail of this kind.
digest-own = What you sent
digest-followed = What you voted for or follow
digest-comments = What people wrote to you
digest-work = Your work
digest-announcements = News for where you work
digest-more = { $count ->
    [one] And one more.
   *[other] And { $count } more.
}
digest-lead-decision = There is an answer
digest-lead-question = We have a question
digest-lead-received-for-you = Received in your name
digest-lead-still-fixed = Is it still fixed?
digest-lead-split = We made several things out of it
digest-lead-redacted = We took words out of it
digest-lead-comment = Somebody wrote something
digest-lead-mention = Somebody mentioned you
digest-lead-announcement = To everybody
digest-lead-assigned = This is yours now
digest-lead-answered = The author answered
digest-lead-escalated = This waits too long
digest-lead-promise = A promised day has passed
digest-lead-item = This is yours to do
digest-lead-offer = This works elsewhere, and may help you too
digest-lead-offer-answered = A site answered your offer
digest-lead-second-look = The author asks for a second look
digest-lead-reported = Somebody reported this

unsubscribe-title = Stop these mails?
unsubscribe-stops = You will get no more mails about this:
unsubscribe-stopped = You get no more mails about this:
unsubscribe-goes-on = These mails go on:
unsubscribe-always = codes to sign in, and invitations
unsubscribe-what = You can still see everything when you sign in, and you can change it there at any time.
unsubscribe-button = Stop these mails
unsubscribe-done-title = Done
unsubscribe-nothing-title = These mails are stopped already
mails-own = answers and questions about what you sent, also whether it is still fixed
mails-followed = what becomes of what you voted for or follow
mails-comments = what people write to you, and where they mention you
mails-work = your work here: what is yours to do, and what waits too long
mails-announcements = news for where you work
unsubscribe-broken-title = This address is not complete
unsubscribe-broken = Open the mail again and use the whole address, or sign in and choose there what we send you.

landing-item-title = What became of it stands in your mail
landing-item = This page will show it all in one place; it is not built yet. Until then you can answer, or ask for a second look, in the app that your organisation connects to Earshot, or through your team lead. Nothing that you sent is lost.
landing-announcement-title = The news stands in your mail
landing-announcement = This page will show it; it is not built yet. Until then you can read it in the mail, and in the app that your organisation connects to Earshot.
landing-preferences-title = Choose what we send you
landing-preferences = This page is not built yet. To stop one sort of mail, use the link that begins with “Stop” at the end of such a mail.
