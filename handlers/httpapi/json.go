package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rising-stars/showcase/internal/fault"
)

// Limits of a JSON body.
const (
	maxJSONBytes = 1 << 20
	maxJSONDepth = 16
)

// Refusals of a body.
var (
	errContentType = fault.New(fault.Invalid, "request.content-type",
		"El cuerpo debe ser JSON (Content-Type: application/json).", "The body must be JSON (Content-Type: application/json).")
	errMalformed = fault.New(fault.Invalid, "request.malformed-json",
		"El cuerpo no es un objeto JSON válido.", "The body is not a valid JSON object.")
	errBodyTooLarge = fault.New(fault.Invalid, "request.too-large",
		"El cuerpo es demasiado grande; el máximo es 1 MB.", "The body is too large; the limit is 1 MB.")
	errNested = fault.New(fault.Invalid, "request.too-deep",
		"El cuerpo tiene demasiados niveles.", "The body is nested too deeply.")
	errDuplicateKey = fault.New(fault.Invalid, "request.duplicate-field",
		"El cuerpo repite un campo.", "The body repeats a field.")
	errCharacters = fault.New(fault.Invalid, "request.bad-characters",
		"El cuerpo tiene caracteres no permitidos.", "The body has characters that are not allowed.")
	errUnknownField = fault.New(fault.Invalid, "request.unknown-field",
		"El cuerpo tiene un campo desconocido.", "The body has an unknown field.")
	errWrongType = fault.New(fault.Invalid, "request.wrong-type",
		"Un campo tiene un tipo incorrecto.", "A field has the wrong type.")
	errSlowBody = fault.New(fault.Invalid, "request.incomplete",
		"El cuerpo no llegó completo.", "The body did not arrive in full.")
)

// decode reads a strict JSON object into v: known fields of the right type, each once, in plain UTF-8 without NUL.
func decode(r *http.Request, v any) error {
	if ct := r.Header.Get("Content-Type"); ct != "" {
		if kind, params, err := mime.ParseMediaType(ct); err != nil || kind != "application/json" || !utf8Charset(params) {
			return errContentType
		}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxJSONBytes+1))
	switch {
	case len(body) > maxJSONBytes:
		return errBodyTooLarge
	case err != nil:
		return errSlowBody
	}
	if err := inspect(body); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return decodeError(err)
	}
	return nil
}

func utf8Charset(params map[string]string) bool {
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// decodeError is the refusal of a good JSON object that is not what was asked for.
func decodeError(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && t.Field != "" {
		name := t.Field[strings.LastIndexByte(t.Field, '.')+1:] // before it, structs of ours that the client knows nothing of
		return errWrongType.WithFields(fault.Field{Name: name, Code: "wrong-type", ES: "El tipo es incorrecto.", EN: "The type is wrong."})
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if name, err := strconv.Unquote(name); err == nil && len(name) <= 100 {
			return errUnknownField.WithFields(fault.Field{Name: name, Code: "unknown", ES: "El campo no existe.", EN: "There is no such field."})
		}
		return errUnknownField
	}
	return errWrongType // inspect has found the JSON good; a time that is none comes here
}

// inspect looks at what encoding/json would let pass: broken UTF-8, lone surrogates, NUL, repeated keys, depth.
func inspect(body []byte) error {
	if !utf8.Valid(body) || loneSurrogate(body) {
		return errCharacters
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := walk(d); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errMalformed
	}
	return nil
}

// level is an object or array that is being walked through. An array has no keys.
type level struct {
	keys  map[string]bool
	value bool // in an object: the next token is a value
}

// walk reads one object's tokens.
func walk(d *json.Decoder) error {
	var open []level
	for first := true; first || len(open) > 0; first = false {
		t, err := d.Token()
		switch {
		case err != nil:
			return errMalformed
		case first && t != json.Delim('{'):
			return errMalformed
		}
		if open, err = step(open, t); err != nil {
			return err
		}
	}
	return nil
}

func step(open []level, t json.Token) ([]level, error) {
	if s, ok := t.(string); ok && strings.ContainsRune(s, 0) {
		return nil, errCharacters
	}
	if t == json.Delim('}') || t == json.Delim(']') {
		return open[:len(open)-1], nil
	}
	if n := len(open); n > 0 && open[n-1].keys != nil {
		in := &open[n-1]
		in.value = !in.value
		if key, ok := t.(string); ok && in.value { // it has just become a key's turn to be followed by a value
			folded := strings.ToLower(key)
			if in.keys[folded] {
				return nil, errDuplicateKey
			}
			in.keys[folded] = true
		}
	}
	switch t {
	case json.Delim('{'):
		open = append(open, level{keys: map[string]bool{}})
	case json.Delim('['):
		open = append(open, level{})
	}
	if len(open) > maxJSONDepth {
		return nil, errNested
	}
	return open, nil
}

// loneSurrogate reports whether an escape stands for half a character, which encoding/json silently replaces.
func loneSurrogate(body []byte) bool {
	high := false // the escape just before was a first half
	for i := 0; i < len(body); {
		if body[i] != '\\' || i+1 >= len(body) {
			if high {
				return true
			}
			i++
			continue
		}
		unit, size := escape(body[i:])
		low := unit >= 0xdc00 && unit <= 0xdfff
		if low != high {
			return true
		}
		high = unit >= 0xd800 && unit <= 0xdbff
		i += size
	}
	return high
}

// escape is the code unit of \u and its four digits at the start of b, or 0 for another escape, and its length.
func escape(b []byte) (unit uint64, size int) {
	if b[1] != 'u' || len(b) < 6 {
		return 0, 2
	}
	unit, err := strconv.ParseUint(string(b[2:6]), 16, 32)
	if err != nil {
		return 0, 2
	}
	return unit, 6
}

// writeJSON answers a value.
func writeJSON(w *reply, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	writeBody(w, status, body)
	return nil
}

var headJSON = []string{"application/json; charset=utf-8"}

func writeBody(w *reply, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = headJSON
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left needs no answer
}
