package shim

// The names of the checks, as they are shown and as a directive names them.
const (
	checkCompiler  = "compiler"
	checkFile      = "file"
	checkImport    = "import"
	checkDirective = "directive"
	checkContract  = "contract"
	checkType      = "type"
	checkEvent     = "event"
	checkStrict    = "strict"
	checkGlobal    = "global"
	checkIgnored   = "ignored-error"
	checkFloat     = "float"
	checkLoop      = "loop"
	checkUnsafe    = "unsafe"
	checkAllow     = "allow"
)

// Check is a kind of problem.
type Check struct {
	Name string
	// Docs says what it finds.
	Docs string
	// CanAllow says that the directive //govm:allow silences it.
	CanAllow bool
}

// Checks are all kinds of problems.
var Checks = []Check{
	{checkCompiler, "what the Go compiler refuses, in its own words", false},
	{checkFile, "files that are not Go, such as assembly and C", false},
	{checkImport, "imports of packages that reach outside, or whose behaviour in the VM is not tested; the latter can be allowed", true},
	{checkUnsafe, "imports of package unsafe", true},
	{checkDirective, "compiler directives that reach outside, and directives of govm that are wrong", false},
	{checkContract, "packages that are no contract: nothing exported, or more than one struct that could be it", false},
	{checkType, "parameters, results, stored and logged values of types that cannot be encoded", false},
	{checkEvent, "events whose name and values are not what ctx.Log takes", false},
	{checkStrict, "go, select, channels and recover, in the strict profile only", false},
	{checkGlobal, "package variables that a call changes: they begin anew in every call", true},
	{checkIgnored, "errors of writes, transfers and calls that nobody looks at", true},
	{checkFloat, "amounts that pass through floating-point numbers", true},
	{checkLoop, "loops over stored collections that nothing bounds", true},
	{checkAllow, "//govm:allow directives that silence nothing", false},
}

func canAllow(name string) bool {
	for _, check := range Checks {
		if check.Name == name {
			return check.CanAllow
		}
	}
	return false
}
