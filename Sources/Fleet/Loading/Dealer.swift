/// Deals values over the devices of a template: exactly, without pattern, the same way for the same seed.
struct Dealer {
    /// The devices in an order that has nothing to do with their numbers, so that shares do not follow `{index%4}`.
    private var order: [Int]

    /// - Parameters:
    ///   - count: how many devices there are.
    ///   - generator: the template's own chance.
    init(count: Int, using generator: inout SplitMix64) {
        order = Array(0..<max(count, 0))
        guard count > 1 else { return }
        for last in stride(from: count - 1, through: 1, by: -1) {
            order.swapAt(last, Int(generator.next(below: UInt64(last) + 1)))
        }
    }

    /// The position in `shares` of each device's value.
    ///
    /// Values dealt earlier are cut across: each of their groups gets the new values in the same shares, as nearly as
    /// whole devices allow, so that a transport is not by accident a connectivity.
    mutating func deal(_ shares: [Int64]) -> [Int] {
        let counts = Self.counts(shares, of: order.count)
        let sequence = Self.evenSequence(counts)
        var dealt = Array(repeating: 0, count: order.count)
        var groups: [[Int]] = Array(repeating: [], count: counts.count)
        for (device, value) in zip(order, sequence) {
            dealt[device] = value
            groups[value].append(device)
        }
        order = groups.flatMap { $0 }
        return dealt
    }

    /// How many devices get each value: the whole parts of the shares, and one more for the largest remainders.
    static func counts(_ shares: [Int64], of count: Int) -> [Int] {
        let sum = shares.reduce(0, +)
        guard sum > 0 else { return shares.map { _ in 0 } }
        var counts: [Int] = []
        var remainders: [(position: Int, remainder: Int64)] = []
        for (position, share) in shares.enumerated() {
            // At most a million devices times a hundred million shares: far below the limit of Int64.
            let product = share * Int64(count)
            counts.append(Int(product / sum))
            remainders.append((position, product % sum))
        }
        let missing = count - counts.reduce(0, +)
        let ranked = remainders.sorted { ($1.remainder, $0.position) < ($0.remainder, $1.position) }
        for (position, _) in ranked.prefix(missing) { counts[position] += 1 }
        return counts
    }

    /// Values in an order in which each one stands as evenly as it can: every stretch has them in their shares.
    static func evenSequence(_ counts: [Int]) -> [Int] {
        let total = counts.reduce(0, +)
        var dealt = counts.map { _ in 0 }
        return (0..<total).map { position in
            // The value that is furthest behind; in whole numbers, so that all machines agree.
            var best = 0
            var bestLag = Int.min
            for (value, count) in counts.enumerated() where dealt[value] < count {
                let lag = (position + 1) * count - dealt[value] * total
                if lag > bestLag { (best, bestLag) = (value, lag) }
            }
            dealt[best] += 1
            return best
        }
    }
}
