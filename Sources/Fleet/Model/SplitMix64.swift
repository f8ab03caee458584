/// A small, fast generator of chance whose numbers are the same on every machine.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014); constants as in
/// Vigna's splitmix64.c.
public struct SplitMix64: RandomNumberGenerator, Sendable, Hashable {
    private var state: UInt64

    /// Creates a generator; equal seeds give equal numbers.
    public init(seed: UInt64) { state = seed }

    /// Creates a generator of its own for one purpose, so that purposes do not influence each other.
    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - stream: numbers that name the purpose, such as the position of an item and of a property in it.
    public init(seed: UInt64, stream: UInt64...) {
        state = seed
        for number in stream { state = next() ^ (number &* 0x9E37_79B9_7F4A_7C15) }
        _ = next()
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to and without `bound`, each as likely as the others; 0 when the bound is 0.
    ///
    /// Not the standard library's method, whose results may change from release to release.
    public mutating func next(below bound: UInt64) -> UInt64 {
        guard bound > 0 else { return 0 }
        // Lemire, "Fast random integer generation in an interval" (2019).
        var (high, low) = next().multipliedFullWidth(by: bound)
        if low < bound {
            let threshold = (0 &- bound) % bound
            while low < threshold { (high, low) = next().multipliedFullWidth(by: bound) }
        }
        return high
    }
}
