package media

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
)

// perceptualHash is 64 bits for every whole second between the bumpers, as hex: which of the lowest 8×8 frequencies of
// the second's average picture (32×32 grey, DCT-II, the mean left out) lie above their median. Two clips are alike when
// their seconds, shifted against each other, differ in few bits; what is few is for whoever compares.
func perceptualHash(frames []byte, made plan) string {
	const size = hashSide * hashSide
	first, last := made.span(hashRate)
	var hash []byte
	for second := first; second+hashRate <= last && (second+hashRate)*size <= len(frames); second += hashRate {
		var average [size]float64
		for f := range hashRate {
			for i, v := range frames[(second+f)*size : (second+f+1)*size] {
				average[i] += float64(v)
			}
		}
		hash = binary.BigEndian.AppendUint64(hash, signs(&average))
	}
	return hex.EncodeToString(hash)
}

// signs are the low frequencies' against their median.
func signs(picture *[hashSide * hashSide]float64) uint64 {
	const low = 8
	var rows [hashSide][low]float64 // transformed along x
	for y := range hashSide {
		for u := range low {
			for x := range hashSide {
				rows[y][u] += picture[y*hashSide+x] * cosines[u][x]
			}
		}
	}
	coefficients := make([]float64, 0, low*low)
	for v := range low {
		for u := range low {
			var sum float64
			for y := range hashSide {
				sum += rows[y][u] * cosines[v][y]
			}
			coefficients = append(coefficients, sum)
		}
	}
	sorted := slices.Sorted(slices.Values(coefficients[1:])) // the first is the brightness
	median := sorted[len(sorted)/2]
	var out uint64
	for i, c := range coefficients[1:] {
		if c > median {
			out |= 1 << i
		}
	}
	return out
}

// cosines are the DCT's, by frequency and place.
var cosines = func() (table [8][hashSide]float64) {
	for u := range table {
		for x := range table[u] {
			table[u][x] = math.Cos(math.Pi / hashSide * (float64(x) + 0.5) * float64(u))
		}
	}
	return table
}()
