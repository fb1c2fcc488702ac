package obs

// maxRequestID is the longest request id that is taken from a client.
const maxRequestID = 64

// RequestIDHeader carries a request's id, both ways.
const RequestIDHeader = "X-Request-Id"

// SaneRequestID reports whether an id that a client or a balancer gave may stand in our logs and answers:
// 1 to 64 letters, digits, '-', '_', '.' and '='.
func SaneRequestID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '=':
		default:
			return false
		}
	}
	return true
}
