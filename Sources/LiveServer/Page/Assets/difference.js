// difference
