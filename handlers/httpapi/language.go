package httpapi

import (
	"net/http"
	"strconv"
	"strings"
)

// maxLanguages is how many entries of Accept-Language are looked at.
const maxLanguages = 16

// prefersEnglish reports whether the client would rather read English than Spanish (RFC 9110, section 12.5.4).
// Whoever says nothing, or likes both alike, reads Spanish.
func prefersEnglish(r *http.Request) bool {
	header := r.Header.Get("Accept-Language")
	if header == "" {
		return false
	}
	var es, en, rest float64
	for i, entry := range strings.SplitN(header, ",", maxLanguages+1) {
		if i == maxLanguages {
			break
		}
		tag, q := quality(entry)
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		switch primary {
		case "es":
			es = max(es, q)
		case "en":
			en = max(en, q)
		case "*":
			rest = q
		}
	}
	return en > max(es, rest)
}

// quality splits "en-GB;q=0.7".
func quality(entry string) (tag string, q float64) {
	tag, params, _ := strings.Cut(entry, ";")
	q = 1
	if value, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || !(f >= 0 && f <= 1) { // also not a number
			return "", 0
		}
		q = f
	}
	return strings.TrimSpace(tag), q
}
