package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// relative is a process below another one. Its start time tells it from a later one with the same id.
type relative struct {
	PID   int
	Name  string
	start string
}

// alive says whether the process still runs; one that has ended and waits to be reaped does not.
func (r relative) alive() bool {
	now, _, state, err := stat(r.PID)
	return err == nil && now.start == r.start && state != "Z" && state != "X"
}

// Family are the processes below a process, itself included.
type Family []relative

// FamilyOf finds the processes that a process has started, and those that these have started.
func FamilyOf(t testing.TB, pid int) Family {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]relative{}
	var family Family
	for _, path := range paths {
		id, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		r, parent, _, err := stat(id)
		if err != nil {
			continue // it has just ended
		}
		if id == pid {
			family = append(family, r)
		}
		children[parent] = append(children[parent], r)
	}
	for i := 0; i < len(family); i++ {
		family = append(family, children[family[i].PID]...)
	}
	return family
}

// Living are those that still run.
func (f Family) Living() []string {
	var names []string
	for _, r := range f {
		if r.alive() {
			names = append(names, r.Name+" "+strconv.Itoa(r.PID))
		}
	}
	return names
}

// stat reads what the kernel says of a process. Its name, in brackets, may hold anything.
func stat(pid int) (r relative, parent int, state string, err error) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return r, 0, "", err
	}
	text := string(raw)
	from, to := strings.Index(text, "("), strings.LastIndex(text, ")")
	fields := strings.Fields(text[to+1:])
	parent, err = strconv.Atoi(fields[1])
	return relative{PID: pid, Name: text[from+1 : to], start: fields[19]}, parent, fields[0], err
}

// ResidentBytes is the memory that a process holds.
func ResidentBytes(t testing.TB, pid int) int64 {
	t.Helper()
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(raw))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
