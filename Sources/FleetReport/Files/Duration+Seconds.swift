extension Duration {
    /// This duration in seconds, to the microsecond.
    ///
    /// One division of a whole number: a sum of two parts would end in digits that nobody measured.
    var roundedSeconds: Double { (self / .microseconds(1)).rounded() / 1_000_000 }
}
