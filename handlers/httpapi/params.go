package httpapi

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rising-stars/showcase/internal/fault"
)

// Limits of lists.
const (
	defaultLimit = 20
	maxLimit     = 100
	maxCity      = 100 // characters
	// farthest is an offset that no list reaches; whatever lies beyond it is asked for as this.
	farthest = math.MaxInt32
)

// errParameter refuses a parameter of the query.
var errParameter = fault.New(fault.Invalid, "request.bad-parameter",
	"Un parámetro de la consulta no es válido.", "A query parameter is not valid.")

// window is the part of a list that is asked for.
type window struct{ limit, offset int }

// empty reports whether the window certainly shows nothing, so that nobody needs to look.
func (w window) empty() bool { return w.limit == 0 || w.offset >= farthest }

// query is a request's parameters, with what was found wrong in them.
type query struct {
	values url.Values
	wrong  []fault.Field
}

func parameters(r *http.Request) *query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.refuse("query", "La consulta no se puede leer.", "The query cannot be read.")
	}
	return q
}

func (q *query) refuse(name, es, en string) {
	q.wrong = append(q.wrong, fault.Field{Name: name, Code: "invalid", ES: es, EN: en})
}

// err is errParameter with everything that was wrong, or nil.
func (q *query) err() error {
	if len(q.wrong) == 0 {
		return nil
	}
	return errParameter.WithFields(q.wrong...)
}

// number is a parameter between least and most, or otherwise when it was not given. A number above most is most when
// clamp is set, and refused when not.
func (q *query) number(name string, least, most, otherwise int, clamp bool) int {
	given := q.values[name]
	if len(given) == 0 {
		return otherwise
	}
	n, ok := digits(given[0])
	if clamp {
		n = min(n, most)
	}
	if len(given) > 1 || !ok || n < least || n > most {
		es, en := "Debe ser un número entero de "+strconv.Itoa(least), "It must be a whole number from "+strconv.Itoa(least)
		if clamp {
			es, en = es+" o más.", en+" up."
		} else {
			es, en = es+" a "+strconv.Itoa(most)+".", en+" to "+strconv.Itoa(most)+"."
		}
		q.refuse(name, es, en)
		return otherwise
	}
	return n
}

// digits reads a whole number without a sign. One that does not fit is the highest there is.
func digits(s string) (int, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return math.MaxInt, true
	}
	return n, true
}

// window reads limit and offset, or page with limit or its alias page_size.
func (q *query) window() window {
	w := window{limit: q.limit()}
	w.offset = q.number("offset", 0, farthest, 0, true)
	if page := q.number("page", 1, farthest, 0, true); page > 0 {
		if q.has("offset") {
			q.refuse("page", "Usa page u offset, no ambos.", "Use page or offset, not both.")
		}
		w.offset = min((page-1)*max(1, w.limit), farthest)
	}
	return w
}

func (q *query) limit() int {
	limit := q.number("limit", 1, maxLimit, defaultLimit, false)
	if !q.has("page_size") {
		return limit
	}
	if q.has("limit") {
		q.refuse("page_size", "Usa limit o page_size, no ambos.", "Use limit or page_size, not both.")
	}
	return q.number("page_size", 1, maxLimit, defaultLimit, false)
}

func (q *query) has(name string) bool { return len(q.values[name]) > 0 }

// city is the filter; empty for all.
func (q *query) city() string {
	given := q.values["city"]
	if len(given) == 0 {
		return ""
	}
	city := strings.TrimSpace(given[0])
	if len(given) > 1 || !utf8.ValidString(city) || utf8.RuneCountInString(city) > maxCity || strings.ContainsFunc(city, unicode.IsControl) {
		q.refuse("city", "Debe ser una ciudad de hasta 100 caracteres.", "It must be a city of up to 100 characters.")
		return ""
	}
	return city
}

// between cuts a window to the positions from and to, which count from 1. Without a limit of its own it shows as many
// of them as a page may hold.
func (q *query) between(w window) window {
	from := q.number("from", 1, farthest, 0, true)
	to := q.number("to", 1, farthest, 0, true)
	if from == 0 && to == 0 {
		return w
	}
	if from > 0 && to > 0 && from > to {
		q.refuse("from", "Debe ser menor o igual que to.", "It must not be greater than to.")
		return w
	}
	if to > 0 && !q.has("limit") && !q.has("page_size") {
		w.limit = maxLimit
	}
	w.offset = min(w.offset+max(from-1, 0), farthest)
	if to > 0 {
		w.limit = max(0, min(w.limit, to-w.offset))
	}
	return w
}
