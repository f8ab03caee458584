import Glibc

/// The C library's functions under names that no case of `QueryFunction` hides.
enum Exponentials {
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

    static func exponential(_ value: Double) -> Double { exp(value) }
}
