"""What each measure counts, by example: worked from the specification by hand, printed as `docs/measure-cases.md`."""
