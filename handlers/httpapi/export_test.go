package httpapi

// Routes are the methods and patterns of the index.
func (h *API) Routes() [][2]string {
	var list [][2]string
	for _, r := range h.api.routes() {
		list = append(list, [2]string{r.method, r.pattern})
	}
	return list
}

// Inspect is what is looked at in a body beside its grammar.
func Inspect(body []byte) error { return inspect(body) }
