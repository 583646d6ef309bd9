module lab.local/link

go 1.26.0
