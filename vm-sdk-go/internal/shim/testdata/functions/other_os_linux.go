package functions

// OnlyOnLinux is not built for wasip1.
func OnlyOnLinux() {}
