/** What programs over a base are made of: networks, layers, recipes, and models that have a family, a loop, or networks in their layers. */
export const definitions = `topology cut2[a, b](g) {
  core P (a, g)
  core Q (g, b)
}
topology cut3[a, b, c](g) {
  core P (a, b, g)
  core Q (g, c)
}
topology cut4[a, b, c, d](g) {
  core P (a, b, g)
  core Q (g, c, d)
}
topology nest[out, in](r, s) { core U (out, r)  core V (in, s)  middle: cut2[r, s](g = 2) }
layer thin[width](low = 2) {
  down: linear[width -> low]
  up: linear[low -> width]
  forward(x[.., width]) -> y[.., width] { y = up(relu(down(x))) }
}
topology half[out, in](r) {
  core B (out, r) ~ seeded normal(1 / sqrt(r))
  core A (r, in) ~ normal(deviation)
}
topology vera[out, in](r) {
  core P (out) ~ zeros
  core B (out, r) ~ seeded normal(1 / sqrt(r))
  core D (r) ~ ones
  core A (r, in) ~ seeded normal(1 / sqrt(in))
}
topology family1[at, out, in](r, s) {
  core A (out, r)
  core G (at, r, s)
  core B (s, in)
}
topology family2[at, which, out, in](r, s) {
  core A (at, out, r)
  core G (which, r, s)
  core B (s, in)
}
topology extra1[at, out, in](r, s) {
  core A (out, r) ~ zeros
  core G (at, r, s) ~ normal(1)
  core B (s, in) ~ normal(1 / sqrt(in))
}
topology extra2[at, which, out, in](r, s) {
  core A (at, out, r) ~ zeros
  core G (which, r, s) ~ normal(1)
  core B (s, in) ~ normal(1 / sqrt(in))
}
layer factored[in -> out](outs: factors, ins: factors, bond = 2, how: topology = mpo) {
  weight: [out, in] as how[outs, ins](b = bond) ~ normal(1 / sqrt(in))
  forward(x[.., in]) -> y[.., out] { y[.., out] = x * weight }
}
model Factored(width = 8, depth = 2, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  block[l in 1..depth] {
    up, down: factored[width -> width](outs = 2*4, ins = 4*2)
    turn: factored[width -> width](outs = 2*4, ins = 2*4, how = ring)
    mid, last: linear[width -> width]
  }
  head: linear[width -> classes]
  forward(x[batch, width]) -> s[batch, classes] {
    h = x
    for b in block { h = h + b.down(relu(b.up(h))) + b.last(relu(b.mid(b.turn(h)))) }
    s = head(h)
  }
  loss task = mean(cross_entropy[classes](forward(x), label))
}
model Deep(width = 8, depth = 3, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  spare[l in 1..0]: linear[width -> width]
  block[l in 1..depth] {
    ffn: mlp[width, inner = 2 * width]
    up, down: linear[width -> width]
    norm: layer_norm[width]
  }
  head: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> s[batch, classes] {
    h = x
    for g in block { h = h + g.down(relu(g.up(g.norm(h)))) + g.ffn(h) }
    for s in spare { h = s(h) }
    s = head(h)
  }
  loss task = mean(cross_entropy[classes](forward(x), label))
}
model Again(width = 8, depth = 3, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  body, tail: mlp[width, inner = width]
  side[l in 1..2]: linear[width -> width]
  head: linear[width -> classes]
  forward(x[batch, width]) -> s[batch, classes] {
    h = x
    for l in 1..depth { h = h + body(h) }
    for l in 1..2 { h = h + tail(h) }
    for s in side { h = h + s(h) }
    s = head(h)
  }
  loss task = mean(cross_entropy[classes](forward(x), label))
}
model CharGpt(vocab = 65, width = 128, heads = 4, depth = 4, inner = 4 * width, context = 256) {
  axis batch, time <= context, width = heads * e
  input ids[batch, time] in vocab, next[batch, time] in vocab

  embed: [vocab, width] ~ normal(0.02)
  block[l in 1..depth] {
    query, key, value: linear[width -> width](biased = false)
    mix:               linear[width -> width]
    up:                linear[width -> inner]
    down:              linear[inner -> width]
    norm1, norm2:      layer_norm[width]
  }
  norm: layer_norm[width]
  head: linear[width -> vocab](biased = false)

  forward(ids[batch, time] in vocab) -> logits[batch, time, vocab] {
    x = embed[ids] + sinusoid[time, width]()
    for b in block {
      y = b.norm1(x)
      q[batch, time, heads, e]  = b.query(y)
      k[batch, time', heads, e] = b.key(y)
      v[batch, time', heads, e] = b.value(y)
      s[batch, heads, time, time'] = q * k / sqrt(e)
      a = softmax[time'](s where @time' <= @time)
      o[batch, time, heads, e] = a * v
      x = x + b.mix(o)
      x = x + b.down(relu(b.up(b.norm2(x))))
    }
    logits = head(norm(x))
  }
  loss next_token = mean(cross_entropy[vocab](forward(ids), next))
}
model ImageMlp(rows = 32, cols = 32, hidden = 1024, classes = 10) {
  axis batch, pixel = rows * cols
  input image[batch, rows, cols], label[batch] in classes
  first: linear[pixel -> hidden]
  second: linear[hidden -> hidden]
  last: linear[hidden -> classes]
  forward(image[batch, rows, cols]) -> scores[batch, classes] {
    scores = last(relu(second(relu(first(image)))))
  }
  loss task = mean(cross_entropy[classes](forward(image), label))
  metric accuracy = mean(argmax[classes](forward(image)) == label)
}
model ConvNet(channels = 16, wide = 64, rows = 32, cols = 32, classes = 10) {
  axis batch, colour = 3
  input image[batch, colour, rows, cols], label[batch] in classes
  first: conv[colour -> channels, rows, cols](size = 3)
  second: conv[channels -> wide, rows, cols](size = 3)
  last: linear[wide -> classes]
  forward(image[batch, colour, rows, cols]) -> scores[batch, classes] {
    scores = last(mean[rows, cols](relu(second(relu(first(image))))))
  }
  loss task = mean(cross_entropy[classes](forward(image), label))
}
model Classifier(width = 64, hidden = 64, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  first: linear[width -> hidden]
  last: linear[hidden -> classes]
  forward(x[batch, width]) -> scores[batch, classes] { scores = last(relu(first(x))) }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
}
variant Frozen to part { freeze part }
variant Adapted(rank = 2) to part { adapt part with low_rank(r = rank) named recipe }

`;
