package cityname

import "testing"

func TestKey(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Bogotá":                  "bogota",
		"BOGOTA":                  "bogota",
		"  Santa   Marta\t":       "santa marta",
		"Cu\u0301cuta":            "cucuta",
		"":                        "",
		" \n":                     "",
		"東京":                      "東京",
		"Ñuñoa":                   "nunoa",
		"San José\u00a0de Cúcuta": "san jose de cucuta",
	} {
		if got := Key(in); got != want {
			t.Errorf("Key(%q) = %q, want %q", in, got, want)
		}
	}
}
