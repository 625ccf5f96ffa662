# Correos al personal. Palabras sencillas, de 9 a 11 años, cercanas y breves. Las claves son las mismas en todos los idiomas.

hello = Hola, { $name }:
hello-nobody = Hola:
link-below = Si el botón no funciona, copia esta dirección en tu navegador:
somebody = Alguien
you-wrote = Esto escribiste:
wrote = { $who } escribió:
we-wrote = Lo que queremos contarte:

steps-now = Paso { $now } de { $all }: { $word }
steps-next = Después: { $word }

footer-preferences = Elige qué te enviamos
footer-stop-own = No recibir más correos sobre lo que enviaste
footer-stop-followed = No recibir más correos sobre lo que sigues
footer-stop-comments = No recibir más correos sobre comentarios
footer-stop-work = No recibir más correos sobre tu trabajo aquí
footer-stop-announcements = No recibir más correos con novedades
footer-stop-digest = No recibir más los correos de cada día o semana
footer-stop-these = No recibir más correos sobre lo que cuenta este

why-sign-in-code = Recibes este correo porque alguien escribió tu dirección para entrar.
why-invite = Recibes este correo porque tienes un sitio en { $program }.
why-author = Recibes este correo porque nos enviaste { $reference }.
why-follower = Recibes este correo porque sigues { $reference }.
why-item = Recibes este correo porque esta tarea es tuya.
why-offer = Recibes este correo porque diriges o revisas un centro al que se ofreció esto.
why-mentioned = Recibes este correo porque alguien te mencionó en { $reference }.

sign-in-code-subject = Tu código para { $program }
sign-in-code-preheader = Tu código es { $code }. Sirve durante { $minutes ->
    [one] 1 minuto
   *[other] { $minutes } minutos
}.
sign-in-code-title = Tu código
sign-in-code-lead = Escribe este código en la página donde quieres entrar:
sign-in-code-limit = Sirve una sola vez, durante { $minutes ->
    [one] el próximo minuto
   *[other] los próximos { $minutes } minutos
}.
sign-in-code-link = O abre esta página y pulsa el botón que verás allí:
sign-in-code-button = Entrar
sign-in-code-device = Pedido desde: { $device }
sign-in-code-warning = ¿No lo pediste tú? Entonces no hagas nada. Nadie puede entrar sin este código. No se lo digas a nadie. Nosotros nunca te lo pediremos.

invite-subject = Tu sitio en { $program }
invite-preheader = Prepara tu entrada. Es solo un minuto.
invite-title = ¡Te damos la bienvenida!
invite-lead = { $who } te ha hecho un sitio en { $program }.
invite-lead-nobody = Hay un sitio para ti en { $program }.
invite-what = Aquí puedes contar qué va mal en tu trabajo y qué ayudaría. Una persona lo lee, y siempre sabrás qué pasa después.
invite-button = Preparar mi entrada
invite-limit = El botón sirve una sola vez, hasta el { $until }.

received-for-you-subject = { $reference }: recibido en tu nombre
received-for-you-preheader = Una persona lo leerá y te diremos qué pasa.
received-for-you-title = Tenemos algo en tu nombre
received-for-you-lead = { $sender } nos envió esto en tu nombre.
received-for-you-next = Una persona lo leerá y te contestará. No tienes que hacer nada.
received-for-you-not-you = ¿No es tuyo? Ábrelo y retíralo.
received-for-you-button = Abrirlo

received-subject = { $reference }: gracias, ya lo tenemos
received-preheader = Una persona lo leerá y te diremos qué pasa.
received-title = Gracias. Ya lo tenemos.
received-next = Una persona lo leerá y te contestará. No tienes que hacer nada más.
received-button = Ver qué pasa

decision-subject = { $reference }: { $word }
decision-subject-titled = { $reference }: { $word } – { $title }
decision-about-author-idea = Se trata de tu idea { $reference }.
decision-about-author-observation = Se trata de lo que nos contaste, { $reference }.
decision-about-follower = Se trata de { $reference }, que tú sigues.
decision-lead-submitted = Lo tenemos de nuevo y una persona lo va a mirar.
decision-lead-under-review = Una persona lo está mirando ahora.
decision-lead-needs-info = Necesitamos saber un poco más antes de seguir.
decision-lead-deferred = Ahora no podemos hacerlo, pero no lo hemos olvidado.
decision-lead-accepted = Nos gusta y queremos hacerlo.
decision-lead-accepted-observation = Hemos descubierto por qué pasa. Ahora podemos trabajar para arreglarlo.
decision-lead-planned = Queremos hacerlo y ya está en nuestro plan.
decision-lead-in-progress = Ya hay personas trabajando en ello.
decision-lead-implemented = Está hecho. Gracias por preocuparte: las cosas mejoraron porque alguien habló.
decision-lead-sustained = Volvimos a preguntar unas semanas después y sigue funcionando.
decision-lead-declined = No vamos a seguir adelante con esto. Sabemos que no es lo que esperabas, por eso te contamos por qué.
decision-lead-merged = Otra persona nos contó lo mismo, así que hemos unido los dos. Sabrás qué pasa, igual que antes.
decision-lead-withdrawn = Se ha retirado. Ya no pasará nada más con esto.
decision-reason = Por qué: { $reason }
decision-joined = Unido a: { $reference }
decision-also = Vale también para: { $references }
decision-also-more = Vale también para: { $references } y { $count ->
    [one] una más
   *[other] { $count } más
}
decision-next = Sabrás de nosotros antes del { $date }.
decision-again = Lo volveremos a mirar el { $date }.
decision-not-fixed = ¿Todavía no está bien? Ábrelo y dínoslo. Puedes hacerlo durante 90 días.
decision-second-look = ¿Lo ves de otra manera? Ábrelo y pide que lo miremos otra vez. Puedes hacerlo una vez.
decision-button = Abrir { $reference }

question-subject = { $reference }: tenemos una pregunta
question-preheader = Tu respuesta nos ayuda a seguir.
question-title = Tenemos una pregunta
question-lead = Gracias por «{ $title }» ({ $reference }). Antes de seguir, queremos preguntarte algo.
question-lead-untitled = Gracias por { $reference }. Antes de seguir, queremos preguntarte algo.
question-limit = Si no puedes contestar, no pasa nada. Después de 10 días seguimos con lo que sabemos.
question-button = Contestar

comment-subject = { $reference }: { $who } te escribió
comment-subject-follower = { $reference }: { $who } escribió algo
comment-subject-mention = { $reference }: { $who } te mencionó
comment-title = { $who } escribió algo
comment-lead-titled = Se trata de «{ $title }» ({ $reference }).
comment-lead = Se trata de { $reference }.
comment-button = Leer y contestar

why-escalation = Recibes este correo porque revisas o diriges las unidades donde se envió.
why-reminder = Recibes este correo porque { $reference } está a tu cargo.

escalation-subject = { $count ->
    [one] Una cosa lleva demasiado tiempo esperando
   *[other] { $count } cosas llevan demasiado tiempo esperando
}
escalation-preheader = Hay compañeros que nos contaron algo y esperan respuesta.
escalation-title = Alguien espera una respuesta
escalation-lead = { $count ->
    [one] Una persona del equipo nos contó algo y el plazo que nos dimos ya pasó. Míralo hoy, por favor.
   *[other] El equipo nos contó { $count } cosas y el plazo que nos dimos ya pasó. Míralas hoy, por favor.
}
escalation-since = { $days ->
    [0] enviado hoy
    [one] enviado hace 1 día
   *[other] enviado hace { $days } días
}
escalation-more = { $count ->
    [one] Y una más.
   *[other] Y { $count } más.
}

reminder-subject = { $reference }: ya pasó el día prometido
reminder-preheader = La persona que lo envió espera noticias tuyas.
reminder-title = Ya pasó un día prometido
reminder-lead = Prometimos volver sobre { $reference } antes del { $date }. Ese día ya pasó.
reminder-what = Cuéntale cómo va, o promete otro día.
reminder-button = Abrir { $reference }

action-reminder-subject = Para el { $date }: { $title }
action-reminder-subject-overdue = Era para el { $date }: { $title }
action-reminder-title = Tienes algo para dentro de poco
action-reminder-title-overdue = El día para esto ya pasó
action-reminder-lead = Esto te toca hacerlo a más tardar el { $date }:
action-reminder-lead-overdue = Esto te tocaba hacerlo a más tardar el { $date }, y sigue abierto:
action-reminder-about = Es parte del trabajo en { $reference }.
action-reminder-about-cause = Es parte del trabajo en por qué pasa esto: { $name }
action-reminder-about-nothing = Es parte de un plan.
action-reminder-what = ¿Ya está hecho? Entonces dilo en el plan. ¿Necesitas más tiempo o ayuda? Habla con la persona que lleva el trabajo.
action-reminder-button = Abrirlo

still-fixed-subject = { $reference }: ¿sigue resuelto?
still-fixed-preheader = Tú nos lo contaste, y nadie lo sabe mejor.
still-fixed-title = ¿Sigue resuelto?
still-fixed-lead = El { $date } te dijimos que { $reference } está hecho. Gracias otra vez por contárnoslo.
still-fixed-what = Han pasado unas semanas. ¿Sigue funcionando? Ábrelo y di sí o no.
still-fixed-button = Decir sí o no
still-fixed-limit = Si dices que no, vuelve al trabajo. Si no contestas, una persona lo mirará.

why-asked-again = Recibes este correo porque nos contaste estas cosas.
asked-again-subject = { $count ->
    [one] ¿Sigue resuelta una cosa?
   *[other] ¿Siguen resueltas { $count } cosas?
}
asked-again-title = ¿Sigue resuelto?
asked-again-lead = { $count ->
    [one] Hace unas semanas te dijimos que esto está hecho. Gracias otra vez por contárnoslo. ¿Sigue funcionando? Ábrelo y di sí o no.
   *[other] Hace unas semanas te dijimos que estas { $count } cosas están hechas. Gracias otra vez por contárnoslas. ¿Siguen funcionando? Abre cada una y di sí o no.
}
asked-again-since = Hecho el { $date }
asked-again-more = { $count ->
    [one] Y una más.
   *[other] Y { $count } más.
}
asked-again-limit = Si dices que no, vuelve a trabajarse. Si no respondes, una persona lo mirará.

adoption-offer-subject = Para { $site }: { $title }
adoption-offer-title = Algo que funciona en otro lugar
adoption-offer-lead = En { $from } esto funciona. Quizá ayude también en { $site }:
adoption-offer-message = Lo que lo acompaña:
adoption-offer-what = Acéptalo, o recházalo con una frase que diga por qué. Nadie tiene que hacerlo porque otros lo hagan.
adoption-offer-button = Abrir { $reference }

why-announcement = Recibes este correo porque es para todas las personas que trabajan donde tú trabajas.
why-digest = Recibes este correo porque estas cosas pueden esperar, y por eso llegan juntas.

announcement-subject = { $title }
announcement-button = Abrirlo

digest-subject = { $count ->
    [one] Hay una novedad
   *[other] Hay { $count } novedades
}
digest-title = Novedades
digest-lead = Esto es lo que ha pasado desde el último correo de este tipo.
digest-own = Lo que nos enviaste
digest-followed = Lo que apoyaste o sigues
digest-comments = Lo que te han escrito
digest-work = Tus tareas
digest-announcements = Noticias de donde trabajas
digest-more = { $count ->
    [one] Y una más.
   *[other] Y { $count } más.
}
digest-lead-decision = Hay una respuesta
digest-lead-question = Tenemos una pregunta
digest-lead-received-for-you = Recibido en tu nombre
digest-lead-still-fixed = ¿Sigue resuelto?
digest-lead-split = Lo hemos dividido en varias cosas
digest-lead-redacted = Hemos quitado palabras
digest-lead-comment = Alguien escribió algo
digest-lead-mention = Alguien te mencionó
digest-lead-announcement = Para todas las personas
digest-lead-assigned = Ahora es tarea tuya
digest-lead-answered = Hay respuesta de quien lo envió
digest-lead-escalated = Esto espera demasiado
digest-lead-promise = Ha pasado un día prometido
digest-lead-item = Esta tarea es tuya
digest-lead-offer = Funciona en otro sitio y quizá os ayude
digest-lead-offer-answered = Un centro respondió a tu propuesta
digest-lead-second-look = Quien lo envió pide que lo miremos otra vez
digest-lead-reported = Alguien avisó de esto

unsubscribe-title = ¿Dejar de recibir estos correos?
unsubscribe-stops = No recibirás más correos sobre esto:
unsubscribe-stopped = Ya no recibes correos sobre esto:
unsubscribe-goes-on = Estos correos siguen:
unsubscribe-always = códigos para entrar e invitaciones
unsubscribe-what = Podrás seguir viendo todo al entrar, y allí puedes cambiarlo cuando quieras.
unsubscribe-button = Dejar de recibirlos
unsubscribe-done-title = Hecho
unsubscribe-nothing-title = Estos correos ya no te llegan
mails-own = respuestas y preguntas sobre lo que enviaste, también si sigue resuelto
mails-followed = qué pasa con lo que votaste o sigues
mails-comments = lo que te escriben y dónde te mencionan
mails-work = tu trabajo aquí: lo que te toca hacer y lo que espera demasiado
mails-announcements = novedades para donde trabajas
unsubscribe-broken-title = Esta dirección no está completa
unsubscribe-broken = Abre otra vez el correo y usa la dirección entera, o entra y elige allí qué te enviamos.

landing-item-title = La respuesta está en tu correo
landing-item = Esta página lo mostrará todo en un solo lugar; todavía no está hecha. Hasta entonces puedes responder, o pedir que lo miremos otra vez, en la aplicación que tu organización conecta con Earshot, o a través de tu responsable. No se pierde nada de lo que enviaste.
landing-announcement-title = La noticia está en tu correo
landing-announcement = Esta página la mostrará; todavía no está hecha. Hasta entonces puedes leerla en el correo y en la aplicación que tu organización conecta con Earshot.
landing-preferences-title = Elige qué te enviamos
landing-preferences = Esta página todavía no está hecha. Para dejar de recibir un tipo de correo, usa el enlace que empieza con «No recibir más» al final de un correo de ese tipo.
