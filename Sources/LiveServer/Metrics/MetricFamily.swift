/// Metrics of one name, as Prometheus knows them.
public struct MetricFamily: Sendable, Hashable {
    /// What the metrics are, and their values.
    public enum Samples: Sendable, Hashable {
        /// Numbers that only grow; the name ends in `_total`.
        case counter([Sample])
        /// Numbers that go up and down.
        case gauge([Sample])
        /// Distributions.
        case histogram([Distribution])
    }

    /// One number.
    public struct Sample: Sendable, Hashable {
        /// What the number is of.
        public var labels: MetricLabels
        /// The number, in base units: seconds, bytes, shares from 0 to 1.
        public var value: Double

        /// Makes a sample.
        public init(_ value: Double, _ labels: MetricLabels = [:]) {
            self.labels = labels
            self.value = value
        }

        /// Makes a sample of a count.
        public init(_ count: Int, _ labels: MetricLabels = [:]) { self.init(Double(count), labels) }
    }

    /// How many values lie between which bounds.
    public struct Distribution: Sendable, Hashable {
        /// What the values are of.
        public var labels: MetricLabels
        /// The buckets' upper bounds in ascending order, each included, without the infinite one.
        public var bounds: [Double]
        /// The values in each bucket, not cumulative: one more than bounds, since the last has those above all.
        public var counts: [Int]
        /// The sum of all values.
        public var sum: Double

        /// Makes a distribution.
        public init(bounds: [Double], counts: [Int], sum: Double, _ labels: MetricLabels = [:]) {
            self.labels = labels
            self.bounds = bounds
            self.counts = counts
            self.sum = sum
        }
    }

    /// The name: letters, digits and underscores, with the unit at its end.
    public var name: String
    /// What it tells, in one line.
    public var help: String
    /// Its values.
    public var samples: Samples

    /// Makes a family.
    public init(_ name: String, _ help: String, _ samples: Samples) {
        self.name = name
        self.help = help
        self.samples = samples
    }
}

/// What a metric is of: names with their values, in the order in which they are shown.
public struct MetricLabels: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    struct Label: Sendable, Hashable {
        var name: String
        var value: String
    }

    private(set) var all: [Label]

    /// Makes labels from names (letters, digits and underscores) and values (any text; an empty one is the same as none).
    public init(dictionaryLiteral labels: (String, String)...) {
        all = labels.map { Label(name: $0, value: $1) }
    }

    /// These labels and one more.
    public func with(_ name: String, _ value: String) -> MetricLabels {
        var labels = self
        labels.all.append(Label(name: name, value: value))
        return labels
    }
}
