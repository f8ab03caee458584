import IoTHub

/// Where a query goes on: what the hub needs to know of the pages before, and nothing more.
struct QueryPosition: Sendable, Hashable {
    /// The last row given.
    enum Place: Sendable, Hashable {
        /// Rows that are devices: the last one's id. Creations and removals elsewhere do not disturb it.
        case device(String)
        /// Rows made of groups: how many were given.
        case group(Int)
        /// Rows of jobs: the job's number and how many of its rows were given.
        case job(Int, row: Int)
    }

    var place: Place
    /// How many rows `TOP` still allows; nil without it.
    var rowsLeft: Int?

    init(_ place: Place, rowsLeft: Int? = nil) {
        self.place = place
        self.rowsLeft = rowsLeft
    }

    /// The position as JSON, for a token.
    var json: JSON {
        var object = JSONObject()
        switch place {
        case .device(let id): object["device"] = .string(id)
        case .group(let count): object["group"] = .integer(Int64(count))
        case .job(let number, let row): object["job"] = [.integer(Int64(number)), .integer(Int64(row))]
        }
        if let rowsLeft { object["left"] = .integer(Int64(rowsLeft)) }
        return .object(object)
    }

    /// Reads back what `json` gave; nil when it is something else.
    init?(json: JSON) {
        func count(_ json: JSON?) -> Int? { json?.integerValue.flatMap { $0 < 0 ? nil : Int($0) } }
        if let id = json["device"]?.stringValue {
            place = .device(id)
        } else if let number = count(json["group"]) {
            place = .group(number)
        } else if let pair = json["job"]?.arrayValue, pair.count == 2, let number = count(pair[0]),
            let row = count(pair[1])
        {
            place = .job(number, row: row)
        } else {
            return nil
        }
        rowsLeft = count(json["left"])
    }
}
