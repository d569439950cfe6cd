package functions

// Nothing takes nothing and returns nothing.
func Nothing() { helper() }
