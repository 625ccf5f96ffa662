# Palabras que lee el personal en todas partes: en la aplicación, en los correos, en las respuestas de la API.
# Palabras sencillas, de 9 a 11 años. Las claves son las mismas en todos los idiomas.

phase-submitted = Recibido
phase-under-review = Lo estamos mirando
phase-needs-info = Tenemos una pregunta
phase-deferred = Ahora no
phase-accepted = Sí, queremos hacerlo
phase-accepted-observation = Sabemos por qué pasa
phase-planned = En el plan
phase-in-progress = Estamos en ello
phase-implemented = Hecho
phase-sustained = Sigue funcionando
phase-declined = No sigue adelante
phase-merged = Unido a otro
phase-withdrawn = Retirado

month-1 = enero
month-2 = febrero
month-3 = marzo
month-4 = abril
month-5 = mayo
month-6 = junio
month-7 = julio
month-8 = agosto
month-9 = septiembre
month-10 = octubre
month-11 = noviembre
month-12 = diciembre
day = { $day } de { $month } de { $year }
