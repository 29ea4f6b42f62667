"""What a deal team reads: the workbook, the term sheet, the summary, plain tables."""
