package rules

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var hostRules = []Rule{
	{"imdsv2", "Version 1 of the metadata service gives a host's role to whoever makes it fetch a URL.", imdsv2},
	{"host-size", "The organiser's constraint: 2 vCPU, 2 GiB, 30 GiB.", hostSize},
	{"credits-explicit", "A burstable host without credits runs at a fifth; say what happens then, and alarm on what it costs.", creditsExplicit},
	{"short-boot", "User data fetches a release and hands over: under 20 lines, stopping at the first error.", shortBoot},
	{"signal-real-code", "A boot that fails must fail the stack: the code that is signalled is the one that came out.", signalRealCode},
	{"release-immutable", "The archive is named by commit and checked by its digest, and both change the launch template.", releaseImmutable},
	{"nothing-built-on-boot", "Compiling or fetching from the Internet at boot takes minutes and breaks on other people's bad days.", nothingBuilt},
	{"unit-limits", "A service has a memory limit inside 2 GiB, an end to its stopping, a watchdog, and no new privileges.", unitLimits},
}

// templates are the launch templates, with what is in them.
func templates(d *Deployment) map[string]cfn.Map {
	found := map[string]cfn.Map{}
	for _, p := range d.ofType("AWS::EC2::LaunchTemplate") {
		found[p.where()] = cfn.Sub(p.Properties, "LaunchTemplateData")
	}
	return found
}

func imdsv2(d *Deployment, report reporter) {
	for where, data := range templates(d) {
		if cfn.Text(data, "MetadataOptions", "HttpTokens") != "required" {
			report(where, "answers without a token")
		}
		if cfn.Text(data, "MetadataOptions", "HttpPutResponseHopLimit") != "1" {
			report(where, "answers beyond the host itself")
		}
	}
}

// small are the types of 2 vCPU and 2 GiB that run arm64.
var small = map[string]bool{"t4g.small": true}

func hostSize(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::EC2::LaunchTemplate") {
		data := cfn.Sub(p.Properties, "LaunchTemplateData")
		if kind := cfn.Text(data, "InstanceType"); !small[kind] {
			report(p.where(), "%s is not of 2 vCPU and 2 GiB", kind)
		}
		for _, disk := range cfn.List(data, "BlockDeviceMappings") {
			if size := number(cfn.At(disk, "Ebs", "VolumeSize")); size != 30 {
				report(p.where(), "the disk has %d GiB, not 30", size)
			}
		}
	}
}

func creditsExplicit(d *Deployment, report reporter) {
	alarmed := map[string]bool{}
	for _, p := range d.ofType("AWS::CloudWatch::Alarm") {
		if cfn.Text(p.Properties, "MetricName") == "CPUSurplusCreditsCharged" {
			for _, dimension := range cfn.List(p.Properties, "Dimensions") {
				alarmed[p.Size+cfn.Text(dimension, "Value")] = true
			}
		}
	}
	for _, p := range d.ofType("AWS::AutoScaling::AutoScalingGroup") {
		data := cfn.Sub(p.stack.Resources["Template"].Properties, "LaunchTemplateData")
		if strings.HasPrefix(cfn.Text(data, "InstanceType"), "t") && cfn.Text(data, "CreditSpecification", "CpuCredits") == "" {
			report(p.Template+" Template", "does not say what happens without credits")
		}
		if !alarmed[p.Size+groupName(p)] {
			report(p.where(), "no alarm tells that credits are charged")
		}
	}
}

func shortBoot(d *Deployment, report reporter) {
	for where, data := range templates(d) {
		text := cfn.Text(data, "UserData")
		if lines := strings.Count(strings.TrimSpace(text), "\n") + 1; lines >= 20 {
			report(where, "user data has %d lines", lines)
		}
		if !strings.Contains(text, "set -euo pipefail") {
			report(where, "user data goes on after an error")
		}
	}
}

func signalRealCode(d *Deployment, report reporter) {
	for where, data := range templates(d) {
		text := cfn.Text(data, "UserData")
		if !strings.Contains(text, "cfn-signal -e \"$?\"") && !strings.Contains(text, "code=$?; /opt/aws/bin/cfn-signal -e \"$code\"") {
			report(where, "does not signal the real exit code")
		}
		if strings.Contains(text, "exit 0") || strings.Contains(text, "|| true") {
			report(where, "hides an error")
		}
	}
	for _, p := range d.place {
		if p.Type == "AWS::AutoScaling::AutoScalingGroup" || p.Type == "AWS::EC2::Instance" {
			if cfn.Text(p.Attributes, "CreationPolicy", "ResourceSignal", "Timeout") == "" {
				report(p.where(), "does not wait for the signal")
			}
		}
	}
}

func releaseImmutable(d *Deployment, report reporter) {
	raw := rawTemplates(d)
	for _, name := range cfn.Keys(raw) {
		data := cfn.At(raw[name], "Properties", "LaunchTemplateData", "UserData")
		for _, parameter := range []string{"ReleaseId", "ReleaseSha256"} {
			if !cfn.Refs(data)[parameter] {
				report(name, "%s is not in the user data, so a release changes nothing", parameter)
			}
		}
		if !strings.Contains(fmt.Sprint(data), "sha256sum --check") {
			report(name, "the archive's digest is not checked")
		}
		if !strings.Contains(fmt.Sprint(data), "/releases/${ReleaseId}/showcase-linux-") {
			report(name, "the archive is not named by its commit")
		}
	}
	pattern := cfn.Text(d.Set[master].Parameters, "ReleaseId", "AllowedPattern")
	if !strings.Contains(pattern, "{40}") {
		report(master+" ReleaseId", "may be a name that moves, such as latest")
	}
}

func rawTemplates(d *Deployment) cfn.Map {
	found := cfn.Map{}
	for file, t := range d.Set {
		for _, name := range t.OfType("AWS::EC2::LaunchTemplate") {
			found[file+" "+name] = t.Resources[name]
		}
	}
	return found
}

// building are commands that make a host out of what the Internet holds on that day.
var building = []string{
	"git clone", "docker build", "go build", "npm install", "pip install", "make ", "curl http", "wget ", "apt-get",
}

func nothingBuilt(d *Deployment, report reporter) {
	scripts := map[string]string{"hosts/install.sh": d.file("hosts/install.sh")}
	for where, data := range templates(d) {
		scripts[where] = cfn.Text(data, "UserData")
	}
	for where, text := range scripts {
		for _, command := range building {
			if strings.Contains(text, command) {
				report(where, "%q at boot", strings.TrimSpace(command))
			}
		}
	}
}

func unitLimits(d *Deployment, report reporter) {
	names, err := fs.Glob(d.Files, "hosts/units/*.service")
	if err != nil || len(names) == 0 {
		report("hosts/units", "no units")
		return
	}
	for _, name := range names {
		unit := parseUnit(d.file(name))
		if unit["NoNewPrivileges"] != "yes" || unit["ProtectSystem"] != "strict" {
			report(name, "is not hardened")
		}
		if limit := megabytes(unit["MemoryMax"]); limit < 1 || limit > 1800 {
			report(name, "MemoryMax %q does not leave the host its own", unit["MemoryMax"])
		}
		if unit["Type"] == "oneshot" {
			continue
		}
		if number(unit["TimeoutStopSec"]) < 1 {
			report(name, "may take for ever to stop")
		}
		if unit["Type"] != "notify" || number(unit["WatchdogSec"]) < 1 {
			report(name, "may hang and nobody sees it")
		}
	}
}

// parseUnit is a unit's settings; of a repeated one the last.
func parseUnit(text string) map[string]string {
	unit := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			unit[key] = value
		}
	}
	return unit
}

func megabytes(text string) int { return number(strings.TrimSuffix(text, "M")) }
