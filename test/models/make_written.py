"""
Writes the fixtures of written.test.ts: small random GPT-2 and T5 as transformers saves them, with a tokenizer of bytes, and the texts that
transformers writes with them, taking the likeliest token each time, until the end-of-text token or 24 tokens.
Run: python test/models/make_written.py (transformers 5, torch 2). The test needs neither.
"""
import json, os, shutil
import torch
from transformers import GPT2Config, GPT2LMHeadModel, GPT2TokenizerFast, T5Config, T5ForConditionalGeneration

HERE = os.path.dirname(os.path.abspath(__file__))
TOKENIZER = os.path.join(HERE, '..', 'tokens', 'fixtures', 'bytes')
PROMPTS = ['The whale', 'a', 'Call me Ishmael.', 'été 42']


def louder(model, factor, seed):
    """Larger weights, so that what is written depends on the prompt and does not repeat itself."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * factor)
    return model.eval()


def likeliest(model, tokenizer, prompt):
    ids = torch.tensor([tokenizer(prompt)['input_ids']])
    made = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=24)[0]
    return [int(k) for k in (made[1:] if model.config.is_encoder_decoder else made[ids.shape[1]:])]


def written(model, tokenizer):
    texts = []
    for prompt in PROMPTS:
        ids = likeliest(model, tokenizer, prompt)
        ended = tokenizer.eos_token_id in ids
        ids = [k for k in ids if k != tokenizer.eos_token_id]
        texts.append({'prompt': prompt, 'text': tokenizer.decode(ids), 'tokens': len(ids), 'ended': ended})
    return texts


def exchange(model, a, b):
    """Gives two tokens each other's rows, so that a text ends where the first was written."""
    with torch.no_grad():
        table = model.get_input_embeddings().weight
        table[[a, b]] = table[[b, a]].clone()


def save(name, model, tokenizer):
    """One text ends by itself behind some tokens: what was written there is made the end."""
    texts = [likeliest(model, tokenizer, prompt) for prompt in PROMPTS]
    places = [(ids, k) for ids in texts for k in range(2, len(ids)) if ids[k] not in ids[:k]]
    ids, at = max(places, key=lambda place: place[1])
    exchange(model, ids[at], tokenizer.eos_token_id)
    expected = written(model, tokenizer)
    folder = os.path.join(HERE, 'written', name)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    with open(os.path.join(folder, 'expected.json'), 'w') as file:
        json.dump(expected, file, ensure_ascii=False, indent=1)
    os.remove(os.path.join(folder, 'generation_config.json'))
    print(name, [(t['tokens'], t['ended']) for t in expected], sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder)))


tokenizer = GPT2TokenizerFast.from_pretrained(TOKENIZER)
size = len(tokenizer)
end = tokenizer.eos_token_id
gpt2 = GPT2Config(vocab_size=size, n_embd=16, n_layer=2, n_head=2, n_positions=64, bos_token_id=end, eos_token_id=end)
save('gpt2', louder(GPT2LMHeadModel(gpt2), 0.15, 2), tokenizer)
t5 = T5Config(vocab_size=size, d_model=16, d_kv=8, d_ff=24, num_layers=2, num_heads=2, eos_token_id=end, pad_token_id=0,
    decoder_start_token_id=0)
save('t5', louder(T5ForConditionalGeneration(t5), 0.15, 2), tokenizer)
