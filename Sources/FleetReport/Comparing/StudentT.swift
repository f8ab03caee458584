import Foundation

/// Student's t distribution: how far a mean of few samples may lie off by chance.
///
/// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.5.8 (the incomplete beta function as a continued
/// fraction) and 26.7.1.
enum StudentT {
    /// The value that is exceeded with a probability (above 0, at most 0.5) at so many degrees of freedom (above 0).
    static func value(exceededWith probability: Double, degrees: Double) -> Double {
        var low = 0.0
        var high = 1.0
        while tail(high, degrees: degrees) > probability, high < 1e12 { (low, high) = (high, high * 2) }
        for _ in 0..<100 {
            let middle = (low + high) / 2
            if tail(middle, degrees: degrees) > probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// The probability of a value above `t`, which is not below zero.
    static func tail(_ t: Double, degrees: Double) -> Double {
        0.5 * incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
    }

    private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        // The fraction converges fast on this side only.
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
        let beta: Double = lgamma(a) + lgamma(b) - lgamma(a + b)
        let powers: Double = a * log(x) + b * log(1 - x)
        return exp(powers - beta) / a / fraction(x, a, b)
    }

    /// 1 + d1/(1 + d2/(1 + …)) by Lentz's method.
    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        func away(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
        var result = 1.0
        var above = 1.0
        var below = 0.0
        for step in 1...500 {
            let m = Double(step / 2)
            let place: Double = a + 2 * m
            let term: Double =
                step % 2 == 0
                ? m * (b - m) * x / ((place - 1) * place) : -(a + m) * (a + b + m) * x / (place * (place + 1))
            below = 1 / away(1 + term * below)
            above = away(1 + term / above)
            let factor = above * below
            result *= factor
            if abs(factor - 1) < 1e-14 { break }
        }
        return result
    }
}
