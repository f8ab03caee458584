/// Finds what a misspelt name was meant to be.
package enum Suggestion {
    /// The name nearest to `text`, if one is near enough to be worth offering.
    package static func nearest(to text: String, among names: some Sequence<String>) -> String? {
        // Longer texts are no slips of the finger, and the comparison takes the product of both lengths.
        guard !text.isEmpty, text.utf8.count <= 64 else { return nil }
        let wanted = Array(text.lowercased().unicodeScalars)
        var best: (name: String, distance: Int)?
        for name in names {
            let candidate = Array(name.lowercased().unicodeScalars)
            let limit = max(1, max(wanted.count, candidate.count) / 3)
            let distance = distance(wanted, candidate)
            guard distance <= limit, distance < candidate.count else { continue }
            if distance < best?.distance ?? .max { best = (name, distance) }
        }
        return best?.name
    }

    /// Edits (insert, delete, replace, swap of neighbours) that turn one into the other.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for (row, wanted) in left.enumerated() {
            var current = [row + 1]
            for (column, found) in right.enumerated() {
                var cost = min(
                    previous[column] + (wanted == found ? 0 : 1),
                    previous[column + 1] + 1,
                    current[column] + 1
                )
                if row > 0, column > 0, wanted == right[column - 1], left[row - 1] == found {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
