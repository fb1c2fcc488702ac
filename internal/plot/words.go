package plot

// dictionary is what pictures say.
type dictionary struct {
	months                                                  [12]string
	data, country, time, player, votes                      string
	race, raceSub, hourly, hourlySub, burst                 string
	lag, lagSub, median                                     string
	anomalies, anomaliesSub, points, ballots, others, group string
	signals                                                 map[string]string
	none, waited, submitted, video, from, barIs             string
}

func words(s Style) *dictionary {
	if s.Language == English {
		return &english
	}
	return &spanish
}

//nolint:misspell // it is Spanish
var spanish = dictionary{
	months: [12]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"},
	data:   "Los datos", country: "todo el país", time: "Hora", player: "Jugador", votes: "Votos",
	race: "La carrera por el primer puesto", raceSub: "Puestos a lo largo del tiempo, de quienes terminan entre los primeros %d · %s · hasta el %s",
	hourly: "Votos por hora en cada ciudad", hourlySub: "Cada barra es una hora, con la misma escala en todas · en rojo, las horas con ráfagas, cortadas si no caben · hasta el %s",
	burst: "ráfaga",
	lag:   "Cuánto esperó cada video", lagSub: "Del envío a la publicación o al rechazo · cada punto es un video; la línea, la mediana de cada día · hasta el %s",
	median:    "mediana",
	anomalies: "Grupos de papeletas que llaman la atención", anomaliesSub: "Votos del video alrededor de cada grupo: en rojo los del grupo, en gris los demás · indicios, no veredictos · hasta el %s",
	points: "puntos", ballots: "papeletas", others: "las demás", group: "Grupo",
	signals: map[string]string{
		"burst": "ráfaga", "metronome": "intervalos de máquina", "address": "pocas direcciones", "young": "cuentas de minutos",
		"once": "votaron una sola vez", "lockstep": "van al paso", "scattered": "muchas direcciones",
	},
	none: "No hay nada que mostrar", waited: "Espera", submitted: "Enviado", video: "Video", from: "Desde",
	barIs: "desde el %s · una barra son %s",
}

var english = dictionary{
	months: [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	data:   "The data", country: "the whole country", time: "Time", player: "Player", votes: "Votes",
	race: "The race for first place", raceSub: "Places over time, of those who end among the first %d · %s · up to %s",
	hourly: "Votes per hour in each city", hourlySub: "A bar is an hour, on one scale for all · in red, hours with bursts, cut off where they do not fit · up to %s",
	burst: "burst",
	lag:   "How long each video waited", lagSub: "From upload to publication or rejection · a dot is a video; the line is each day's median · up to %s",
	median:    "median",
	anomalies: "Groups of ballots that stand out", anomaliesSub: "Votes for the video around each group: the group's in red, others in grey · evidence, not verdicts · up to %s",
	points: "points", ballots: "ballots", others: "the others", group: "Group",
	signals: map[string]string{
		"burst": "burst", "metronome": "machine-like intervals", "address": "few addresses", "young": "accounts minutes old",
		"once": "voted only once", "lockstep": "in lockstep", "scattered": "many addresses",
	},
	none: "There is nothing to show", waited: "Waited", submitted: "Sent", video: "Video", from: "From",
	barIs: "from %s · a bar is %s",
}
