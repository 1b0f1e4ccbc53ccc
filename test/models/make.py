"""
Writes the fixtures of parity.test.ts: small random checkpoints as transformers saves them (2 layers, width 32, the family's own defaults
in all else), and what it computes from them in f64 without dropout: last hidden state, logits, loss, gradients of every parameter.
Run: python test/models/make.py (transformers 5, torch 2). The test needs neither.
"""
import json, os, shutil, sys
import torch
from safetensors.torch import save_file
from transformers import (AlbertConfig, AlbertForPreTraining, BertConfig, BertForPreTraining, BertForSequenceClassification, DistilBertConfig,
    DistilBertForMaskedLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, RobertaConfig, RobertaForMaskedLM,
    RobertaForSequenceClassification, T5Config, T5ForConditionalGeneration)

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fixtures')
BATCH, TIME, VOCAB = 2, 7, 41
encoder = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, vocab_size=VOCAB, max_position_embeddings=16)


def random_(model, seed):
    """Every parameter away from its first value, so that none can be exchanged unseen."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.add_(noise.to(parameter.dtype) * 0.1)
    return model


def ids(seed, vocab=VOCAB, low=3, length=TIME):
    return torch.randint(low, vocab, (BATCH, length), generator=torch.Generator().manual_seed(seed))


def masks(length=TIME):
    real = torch.ones(BATCH, length, dtype=torch.long)
    real[1, length - 2:] = 0
    return real


def save(name, model, inputs, results, loss, entry):
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    as_shipped()
    model = model.float()
    model.save_pretrained(folder)
    state = {f'input.{key}': value.to(torch.int32).contiguous() for key, value in inputs.items()}
    state.update({f'result.{key}': value.detach().double().contiguous() for key, value in results.items()})
    state['loss'] = loss.detach().double().reshape(1)
    for key, gradient in gradients.items():
        state[f'gradient.{key}'] = gradient
    save_file(state, os.path.join(folder, 'expected.safetensors'))
    with open(os.path.join(folder, 'expected.json'), 'w') as file:
        json.dump({'loss': entry, 'results': list(results)}, file)
    for extra in ('generation_config.json',):
        path = os.path.join(folder, extra)
        if os.path.exists(path):
            os.remove(path)
    print(name, float(loss), sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder)))


gradients = {}


def back(model, loss):
    model.zero_grad()
    loss.backward()
    gradients.clear()
    for name, parameter in model.named_parameters():
        gradients[name] = (torch.zeros_like(parameter) if parameter.grad is None else parameter.grad).detach().double().contiguous()


f32, single = torch.float32, torch.Tensor.float


def exactly():
    """Norms, frequencies and losses of transformers pass through f32 whatever the model has; here all is computed in f64."""
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double


def as_shipped():
    torch.float32 = torch.float = f32
    torch.Tensor.float = single


def start(kind, config, seed):
    """Values that f32 holds, computed with in f64."""
    as_shipped()
    torch.manual_seed(seed)
    stored = random_(kind(config), seed).state_dict()
    exactly()
    model = kind(config).double()
    model.load_state_dict(stored)
    return model.eval()


def pair(seed):
    part = torch.zeros(BATCH, TIME, dtype=torch.long)
    part[:, TIME // 2:] = 1
    return ids(seed), part, masks()


def hidden_of(real, seed):
    hidden = (torch.rand(real.shape, generator=torch.Generator().manual_seed(seed)) < 0.5) & (real == 1)
    hidden[0, 0] = True
    return hidden.long()


def bert():
    model = start(BertForPreTraining, BertConfig(**encoder), 1)
    words, part, real = pair(2)
    truth, hidden, random = ids(3), hidden_of(real, 4), torch.tensor([0, 1])
    out = model(input_ids=words, token_type_ids=part, attention_mask=real, output_hidden_states=True)
    loss = torch.nn.functional.cross_entropy(out.prediction_logits[hidden == 1], truth[hidden == 1])
    back(model, loss)
    save('bert', model, dict(ids=words, part=part, real=real, truth=truth, hidden=hidden),
         dict(encode=out.hidden_states[-1], words=out.prediction_logits, order=out.seq_relationship_logits), loss, 'masked')


def bert_classes():
    config = BertConfig(**encoder, num_labels=3, hidden_act='relu')
    model = start(BertForSequenceClassification, config, 5)
    words, part, real = pair(6)
    label = torch.tensor([2, 0])
    out = model(input_ids=words, token_type_ids=part, attention_mask=real, labels=label, output_hidden_states=True)
    back(model, out.loss)
    save('bert-classes', model, dict(ids=words, part=part, real=real, label=label),
         dict(encode=out.hidden_states[-1], scores=out.logits), out.loss, 'task')


def distilbert():
    config = DistilBertConfig(dim=32, n_layers=2, n_heads=4, hidden_dim=48, vocab_size=VOCAB, max_position_embeddings=16)
    model = start(DistilBertForMaskedLM, config, 7)
    words, _, real = pair(8)
    truth, hidden = ids(9), hidden_of(real, 10)
    out = model(input_ids=words, attention_mask=real, output_hidden_states=True)
    loss = torch.nn.functional.cross_entropy(out.logits[hidden == 1], truth[hidden == 1])
    back(model, loss)
    save('distilbert', model, dict(ids=words, real=real, truth=truth, hidden=hidden),
         dict(encode=out.hidden_states[-1], words=out.logits), loss, 'masked')


def albert():
    model = start(AlbertForPreTraining, AlbertConfig(**encoder, embedding_size=16), 11)
    words, part, real = pair(12)
    truth, hidden = ids(13), hidden_of(real, 14)
    out = model(input_ids=words, token_type_ids=part, attention_mask=real, output_hidden_states=True)
    loss = torch.nn.functional.cross_entropy(out.prediction_logits[hidden == 1], truth[hidden == 1])
    back(model, loss)
    save('albert', model, dict(ids=words, part=part, real=real, truth=truth, hidden=hidden),
         dict(encode=out.hidden_states[-1], words=out.prediction_logits, order=out.sop_logits), loss, 'masked')


def roberta(name, kind, seed):
    config = RobertaConfig(**{**encoder, 'max_position_embeddings': 18}, num_labels=2)
    model = start(kind, config, seed)
    words, _, real = pair(seed + 1)
    words[real == 0] = 1
    if kind is RobertaForMaskedLM:
        truth, hidden = ids(seed + 2), hidden_of(real, seed + 3)
        out = model(input_ids=words, attention_mask=real, output_hidden_states=True)
        loss = torch.nn.functional.cross_entropy(out.logits[hidden == 1], truth[hidden == 1])
        inputs, results, entry = dict(truth=truth, hidden=hidden), dict(words=out.logits), 'masked'
    else:
        label = torch.tensor([1, 0])
        out = model(input_ids=words, attention_mask=real, labels=label, output_hidden_states=True)
        loss, inputs, results, entry = out.loss, dict(label=label), dict(scores=out.logits), 'task'
    back(model, loss)
    save(name, model, dict(ids=words, part=torch.zeros_like(words), real=real, **inputs),
         dict(encode=out.hidden_states[-1], **results), loss, entry)


def causal(name, kind, config, seed):
    model = start(kind, config, seed)
    words = ids(seed + 1)
    out = model(input_ids=words, labels=words, output_hidden_states=True)
    back(model, out.loss)
    following = torch.cat([words[:, 1:], words[:, :1]], 1)
    counted = torch.ones_like(words)
    counted[:, -1] = 0
    save(name, model, dict(ids=words, next=following, counted=counted),
         dict(encode=out.hidden_states[-1], forward=out.logits), out.loss, 'next_of_texts')


def t5(name, seed, **more):
    config = T5Config(vocab_size=VOCAB, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4, decoder_start_token_id=0, **more)
    model = start(T5ForConditionalGeneration, config, seed)
    source, target = ids(seed + 1, length=150), ids(seed + 2, length=70)
    real = masks(150)
    real[1, 100:] = 0
    counted = masks(70)
    labels = target.masked_fill(counted == 0, -100)
    # Rows that do not count are read by no other: the decoder looks back only.
    start_ = torch.cat([torch.zeros(BATCH, 1, dtype=torch.long), target[:, :-1]], 1)
    out = model(input_ids=source, attention_mask=real, decoder_input_ids=start_, labels=labels)
    back(model, out.loss)
    save(name, model, dict(ids=source, real=real, next=target, counted=counted),
         dict(encode=out.encoder_last_hidden_state, forward=out.logits), out.loss, 'translate')


if __name__ == '__main__':
    bert()
    bert_classes()
    distilbert()
    albert()
    roberta('roberta', RobertaForMaskedLM, 20)
    roberta('roberta-classes', RobertaForSequenceClassification, 30)
    gpt2 = dict(vocab_size=VOCAB, n_embd=32, n_layer=2, n_head=4, n_positions=16)
    causal('gpt2', GPT2LMHeadModel, GPT2Config(**gpt2), 40)
    llama = dict(vocab_size=VOCAB, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48, max_position_embeddings=16)
    causal('llama', LlamaForCausalLM, LlamaConfig(**llama), 50)
    causal('llama-tied', LlamaForCausalLM, LlamaConfig(**{**llama, 'num_key_value_heads': 1}, tie_word_embeddings=True, attention_bias=True), 60)
    t5('t5', 70)
    t5('t5-gated', 80, feed_forward_proj='gated-gelu', tie_word_embeddings=False)
